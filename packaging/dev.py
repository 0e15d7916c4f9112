#!/usr/bin/env python3
"""Set up evface from a checkout and run it: `python3 packaging/dev.py demo | test | check | bench`.

Needs Python 3.11 or later and nothing else. Every command does the set-up it needs first; what is
there already is left alone, so running it again costs nothing.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"

# Shared library -> the Debian package that brings it.
LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLESv2.so.2": "libgles2",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
PROGRAMS = {"Xvfb": "xvfb", "xauth": "xauth"}

# What pytest ends with when all tests were run, and some failed.
_TESTS_FAILED = 1


class SetupError(Exception):
    """Something that the user has to mend; its text says what and how."""


def say(text: str) -> None:
    """Tell the user what is being done."""
    print(f"evface: {text}", flush=True)


def run(command: list[str | Path], **environment: str) -> None:
    """Run a command in the checkout; raise SetupError where it fails."""
    result = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env={**os.environ, **environment}, check=False
    )
    if result.returncode:
        raise SetupError(f"`{' '.join(str(part) for part in command)}` failed")


# --- set-up ---------------------------------------------------------------------------------------


def missing_system_packages() -> list[str]:
    """Return the Debian packages whose libraries or programs this machine lacks."""
    missing = []
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    missing += [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if not any(Path("/usr/share/fonts").rglob("*.[to]tf")):
        missing.append("fonts-dejavu-core")
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        missing.append(f"python3.{sys.version_info.minor}-venv")
    return missing


def install_system_packages() -> None:
    """Install what is missing by apt, where it may; otherwise say what to install."""
    if not sys.platform.startswith("linux"):
        return
    missing = missing_system_packages()
    if not missing:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        command = ["sudo", *command]
    may_install = shutil.which("apt-get") and (
        os.geteuid() == 0
        or (shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"]).returncode == 0)
    )
    if not may_install:
        raise SetupError(
            f"these system packages are missing: {' '.join(missing)}. "
            f"Install them, for example with `{' '.join(command)}`, and run this again."
        )
    say(f"installing system packages: {' '.join(missing)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    update = [*command[: command.index("apt-get") + 1], "update", "-qq"]
    run(list(update), **quiet)
    run(list(command), **quiet)


def torch_index() -> list[str]:
    """Return pip options that find torch's CPU build, where its index can be reached."""
    try:
        with urllib.request.urlopen(f"{TORCH_CPU_INDEX}/torch/", timeout=3):
            return ["--extra-index-url", TORCH_CPU_INDEX]
    except (urllib.error.URLError, OSError):
        return []


def setup(extras: tuple[str, ...]) -> None:
    """Bring system libraries, the virtual environment, the packages and the teacher's bundle."""
    if sys.version_info < (3, 11):  # noqa: UP036  (an older interpreter may run this very file)
        raise SetupError(f"Python 3.11 or later is needed, this is {sys.version.split()[0]}")
    install_system_packages()
    wanted = hashlib.sha256(
        b"\0".join(
            [
                (ROOT / "pyproject.toml").read_bytes(),
                CONSTRAINTS.read_bytes(),
                str(ROOT).encode(),
                sys.version.encode(),
            ]
        )
    ).hexdigest()
    # One line a set of extras that was installed for these very files.
    stamp = VENV / "evface-setup"
    done = stamp.read_text().split("\n") if stamp.exists() else []
    entry = f"{wanted} {','.join(extras)}"
    if entry not in done:
        if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
            say(f"making the virtual environment {VENV}")
            run([sys.executable, "-m", "venv", VENV])
        say(f"installing packages ({', '.join(extras)}); the first time takes a few minutes")
        index = torch_index() if {"fan", "train"} & set(extras) else []
        run(
            [
                BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                *index, "--constraint", CONSTRAINTS, "--editable", f".[{','.join(extras)}]",
            ]
        )  # fmt: skip
        stamp.write_text("\n".join([*(line for line in done if line.startswith(wanted)), entry]))
    run([BIN / "evface", "models", "fetch", "--quiet"])


def with_display(command: list[str | Path]) -> list[str | Path]:
    """Return `command`, under Xvfb on a Linux machine without a display."""
    if not sys.platform.startswith("linux") or has_display():
        return command
    return ["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24", *command]


def has_display() -> bool:
    """Return whether a window can be shown to somebody."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


# --- commands -------------------------------------------------------------------------------------


def demo() -> None:
    """Open the studio on a recording made on the spot; without a display, do the same headless."""
    setup(("studio",))
    if has_display():
        run([BIN / "evface-studio", "--demo"])
        return
    say("there is no display, so the demo runs headless")
    folder = ROOT / ".evface" / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        [str(BIN / "evface"), "demo", "--json"], cwd=ROOT, stdout=subprocess.PIPE, check=False
    )
    if made.returncode:
        raise SetupError("the demo recording could not be made")
    project = Path(json.loads(made.stdout)["project"])
    screenshot, video = folder / "studio.png", folder / "side-by-side.mp4"
    run(
        with_display(
            [BIN / "evface-studio", project, "--at-us", "1500000", "--screenshot", screenshot]
        )
    )
    run([BIN / "evface", "export", project, "--out", video, "--format", "video"])
    print(f"project     {project}\nscreenshot  {screenshot}\nvideo       {video}")


def check() -> None:
    """Run the linters, the type checker and the layer contracts."""
    setup(("studio", "dev", "fan", "train"))
    _check()


def _check() -> None:
    run([BIN / "ruff", "check", "."])
    run([BIN / "ruff", "format", "--check", "."])
    run([BIN / "lint-imports"])
    run([BIN / "mypy"])


def test(arguments: list[str]) -> None:
    """Run the checks and the tests, as CI does; with arguments, only pytest with them."""
    setup(("studio", "dev", "fan", "train"))
    if arguments:
        run(with_display([BIN / "python", "-m", "pytest", *arguments]))
        return
    _check()
    _test_all()


def _test_all() -> None:
    """Run the tests of the windows, which need the focus to themselves, beside all others.

    Tests that failed are run once more, by themselves: some wait for threads and processes, and a
    busy machine can keep them waiting for too long. What fails again has failed.
    """
    with tempfile.TemporaryDirectory(prefix="evface-tests-") as name:
        # Each keeps a list of its own of what failed.
        pytest: list[str | Path] = [BIN / "python", "-m", "pytest", "-q", "-o"]
        windows = with_display([*pytest, f"cache_dir={name}/windows", "tests/app"])
        others = [*pytest, f"cache_dir={name}/others", "core", "tests", "--ignore", "tests/app"]
        with (Path(name) / "windows.txt").open("w+", encoding="utf-8") as output:
            beside = subprocess.Popen(
                [str(part) for part in windows], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                codes = [subprocess.run([str(part) for part in others], cwd=ROOT).returncode]
                codes.append(beside.wait())
            finally:
                beside.kill()
            output.seek(0)
            print(output.read(), flush=True)
        for command, code in zip((others, windows), codes, strict=True):
            if code == _TESTS_FAILED:
                say("the tests that failed, once more")
                code = subprocess.run(
                    [str(part) for part in (*command, "--last-failed")], cwd=ROOT
                ).returncode
            if code:
                raise SetupError("some tests failed")


def bench(arguments: list[str]) -> None:
    """Run the benchmarks, ours against peers."""
    setup(("studio", "dev", "fan", "train"))
    # The peers are measured where they can be installed, and missed where they cannot.
    try:
        setup(("studio", "dev", "fan", "train", "peers"))
    except SetupError:
        say("the peers could not all be installed; the benchmarks run without them")
    run(with_display([BIN / "evface", "bench", *arguments]))


def main() -> int:
    """Parse the command line and run one command."""
    parser = argparse.ArgumentParser(description=__doc__, prog="packaging/dev.py")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("setup", help="bring everything that the studio needs")
    commands.add_parser("demo", help="open the studio on a recording made on the spot")
    commands.add_parser("test", help="run the checks and tests (or pytest with ARGUMENTS)")
    commands.add_parser("check", help="run the linters and the type checker")
    commands.add_parser("bench", help="run the benchmarks")
    options, arguments = parser.parse_known_args()
    try:
        match options.command:
            case "setup":
                setup(("studio",))
            case "demo":
                demo()
            case "test":
                test(arguments)
            case "check":
                check()
            case "bench":
                bench(arguments)
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
