"""What is known of a network before it is loaded."""

from dataclasses import replace

import pytest

from evface.models.checkpoints import NetworkInfo
from evface.models.live_use import why_not_live
from evface.models.registry import model_config, settings_of

LIVE = {"looks_ahead": False}


def units(name="au_light", modality="events", n_classes=24, intensity=1.0, **settings):
    return NetworkInfo(
        name,
        settings_of(model_config(name, settings)),
        {"modality": modality},
        {"n_classes": n_classes},
        training={"config": {"loss": {"intensity": intensity}}},
    )


def landmarks(name, *, uses_rgb, **settings):
    return NetworkInfo(
        name, settings_of(model_config(name, settings)), {}, feeding={"uses_rgb": uses_rgb}
    )


@pytest.mark.parametrize(
    "info",
    [
        units(**LIVE),
        replace(units(**LIVE), training={}),
        replace(units(**LIVE), training={"config": 3}),
        landmarks("kp_slpt", uses_rgb=False),
        landmarks("kp_cmfa", uses_rgb=True),
    ],
)
def test_networks_of_past_events_can_be_asked_live(info):
    assert why_not_live(info) == ""


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (units(), "looks ahead"),
        (units(modality="both", **LIVE), "sees other things than events"),
        (units("au_i3d"), "sees whole clips"),
        (units("au_coefficients_lstm", modality="coefficients"), "sees other things than events"),
        (units(n_classes=12, **LIVE), "tells of other action units"),
        (units(intensity=0.0, **LIVE), "never learnt how strong"),
        (landmarks("kp_slpt", uses_rgb=True, modality="rgb"), "needs RGB pictures"),
        (landmarks("kp_cmfa", uses_rgb=True, can_do_without_rgb=False), "needs RGB pictures"),
        (NetworkInfo("ssmer", {}, {}), "predicts nothing"),
    ],
)
def test_others_say_why_not_and_what_to_do(info, words):
    why, _, what_to_do = why_not_live(info).partition("; ")
    assert why.startswith(words)
    assert what_to_do
