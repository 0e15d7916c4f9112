"""Sums of events that fade."""

import pytest
import torch

from evface.models.blocks.memory import FadingMemory


def clips(n_frames=6):
    torch.manual_seed(0)
    return torch.rand(2, n_frames, 3, 4, 5)


def test_sums_are_those_of_the_formula():
    pictures, decays = clips(), (0.5, 0.9)
    told = FadingMemory((1.0, -1.0, 0.0), 0.0, decays)(pictures)
    assert told.shape == (2, 6, 5, 4, 5)
    torch.testing.assert_close(told[:, :, :3], pictures)
    sums = torch.zeros(2, 2, 4, 5)
    for t in range(6):
        change = pictures[:, t, 0] - pictures[:, t, 1]
        sums = sums * torch.tensor(decays)[:, None, None] + change[:, None]
        torch.testing.assert_close(told[:, t, 3:], (0.625 * sums).clamp(-1, 1))


def test_one_frame_after_another_gives_the_same():
    pictures, memory = clips(), FadingMemory((1.0, 1.0, 1.0), 1.5, (0.3, 0.8, 0.99))
    whole, sums = memory(pictures), None
    for t in range(6):
        told, sums = memory.step(pictures[:, t : t + 1], sums)
        torch.testing.assert_close(told[:, 0], whole[:, t])


def test_frames_to_come_change_nothing():
    pictures, memory = clips(), FadingMemory((1.0, -1.0, 0.0), 0.0, (0.9,))
    torch.testing.assert_close(memory(pictures)[:, :3], memory(pictures[:, :3]))


def test_without_speeds_there_is_only_the_picture():
    pictures, memory = clips(), FadingMemory((1.0, -1.0, 0.0), 0.0, ())
    assert memory(pictures) is pictures
    told, sums = memory.step(pictures[:, :1], None)
    assert torch.equal(told, pictures[:, :1])
    assert sums.shape == (2, 0, 4, 5)


def test_what_never_fades_is_refused():
    with pytest.raises(ValueError, match="above 0 and below 1"):
        FadingMemory((1.0, -1.0), 0.0, (1.0,))
