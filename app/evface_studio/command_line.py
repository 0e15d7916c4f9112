"""The command line of `evface-studio`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from evface_studio.look.text_size import TEXT_PERCENTS
from evface_studio.look.theme import THEMES


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; exits with 2 where it is wrong, with 0 after ``--help``."""
    parser = argparse.ArgumentParser(
        prog="evface-studio",
        description="Show, label and learn faces recorded by event cameras.",
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        type=Path,
        help="a project (.evface), an event file, or an event file and its video",
    )
    parser.add_argument(
        "--demo", action="store_true", help="make a recording whose truth is known, and open it"
    )
    parser.add_argument(
        "--screenshot",
        metavar="PNG",
        type=Path,
        help="save a picture of the window once everything in it is there, and end",
    )
    parser.add_argument(
        "--at-us", metavar="T", type=int, help="the moment to show, microseconds from the start"
    )
    parser.add_argument("--theme", choices=sorted(THEMES), help="colours, for this time only")
    parser.add_argument(
        "--text-percent",
        choices=TEXT_PERCENTS,
        type=int,
        help="size of text, for this time only",
    )
    parser.add_argument(
        "--size", metavar="WxH", type=_size, help="size of the window, for example 1280x800"
    )
    parser.add_argument(
        "--live",
        metavar="CAMERA",
        nargs="?",
        const="",
        help="watch a camera: as evface cameras lists them, a recording, tcp://HOST:PORT, "
        "simulated:0 for events from a webcam; without CAMERA it is chosen in the window",
    )
    parser.add_argument(
        "--rgb", metavar="CAMERA", help="with --live, the RGB camera beside it, such as webcam:0"
    )
    parser.add_argument(
        "--full-screen",
        action="store_true",
        help="with --live, fill the screen at once, for an audience; F11 or Esc ends that",
    )
    parser.add_argument(
        "--mirror", action="store_true", help="with --live, show pictures as in a mirror"
    )
    parser.add_argument(
        "--attract",
        metavar="FILE",
        type=Path,
        help="with --live, a recording that full screen shows while nobody is there",
    )
    options = parser.parse_args(arguments)
    _check_live(parser, options)
    return options


def _check_live(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with 2 where something does not go together with a camera, or without one."""
    for name in ("rgb", "full_screen", "mirror", "attract"):
        if getattr(options, name) and not options.live:
            parser.error(f"--{name.replace('_', '-')} goes with --live CAMERA")
    if options.live is None:
        return
    if options.demo or options.paths or options.at_us is not None:
        parser.error("--live shows a camera and nothing else")
    if options.full_screen and options.size is not None:
        parser.error("--full-screen is as large as the screen; leave out --size")
    if options.attract is not None and not options.attract.is_file():
        parser.error(f"{options.attract}: there is no such file; name a recording")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)
