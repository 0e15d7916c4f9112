import pytest

from evface.datasets.registry import DATASETS
from evface.errors import DatasetError


def test_every_data_set_asked_for_is_there():
    assert set(DATASETS) >= {
        *("facemorphic", "e-sie", "wflw", "wflw-v", "e-celebv", "nefer", "fes", "manifest")
    }


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=list(DATASETS))
class TestEveryDataset:
    def test_says_what_it_is_and_how_to_get_it(self, dataset):
        for text in (dataset.title, dataset.reference, dataset.obtain, dataset.labels):
            assert text
        assert "\n" not in dataset.title
        assert all(len(line) <= 100 for line in dataset.layout.splitlines())

    def test_says_of_an_empty_folder_what_is_missing(self, dataset, tmp_path):
        findings = dataset.find(tmp_path)
        assert findings.n_samples == 0
        assert findings.missing
        assert all("\n" not in str(line) for line in findings.missing)
        with pytest.raises(DatasetError, match=f"see evface dataset info {dataset.name}"):
            next(dataset.iter_samples(tmp_path))

    def test_says_that_a_folder_is_not_there(self, dataset, tmp_path):
        with pytest.raises(DatasetError, match="there is no such folder"):
            dataset.find(tmp_path / "nowhere")

    def test_says_that_a_file_is_no_folder(self, dataset, tmp_path):
        path = tmp_path / "set.zip"
        path.write_bytes(b"PK")
        with pytest.raises(DatasetError, match=r"set\.zip: (is a file|has an unknown column)"):
            dataset.find(path)
