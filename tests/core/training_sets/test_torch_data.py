import numpy as np
import torch

from evface.training_sets.torch_data import collate, to_floats


def item(value):
    return {
        "events": np.full((2, 3, 4, 4), value, np.uint8),
        "frame_mask": np.array([True, False]),
        "au_class": np.array(value, np.int64),
        "pose": np.full((2, 4), value, np.float32),
    }


def test_items_are_stacked_as_they_are():
    batch = collate([item(1), item(255)])
    assert batch["events"].shape == (2, 2, 3, 4, 4)
    assert batch["events"].dtype == torch.uint8
    assert batch["au_class"].tolist() == [1, 255]
    assert batch["frame_mask"].dtype == torch.bool


def test_only_pictures_become_shares_of_one():
    batch = collate([item(0), item(255)])
    floats = to_floats(batch)
    assert floats["events"].unique().tolist() == [0.0, 1.0]
    assert floats["events"].dtype == torch.float32
    assert floats["pose"].max() == 255
    assert floats["au_class"].tolist() == [0, 255]
    assert batch["events"].dtype == torch.uint8
