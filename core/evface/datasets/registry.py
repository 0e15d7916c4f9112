"""The data sets that can be loaded, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from evface.datasets.clip_labels import E_CELEBV, WFLW_V_PICTURES
from evface.datasets.dataset import Dataset
from evface.datasets.esie import E_SIE
from evface.datasets.facemorphic import FACEMORPHIC
from evface.datasets.fes import FES
from evface.datasets.manifest import MANIFEST
from evface.datasets.nefer import NEFER
from evface.datasets.wflw import WFLW
from evface.datasets.wflw_v import WFLW_V

DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        dataset.name: dataset
        for dataset in (
            *(FACEMORPHIC, E_SIE, E_CELEBV, WFLW, WFLW_V, WFLW_V_PICTURES, NEFER, FES),
            MANIFEST,
        )
    }
)
