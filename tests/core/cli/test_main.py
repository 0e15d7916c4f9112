import json
import subprocess
import sys

import pytest

from evface.cli import doctor
from evface.cli.doctor import Finding
from evface.cli.main import main


def test_help_lists_the_commands_quickly_without_heavy_libraries():
    code = (
        "import sys; from evface.cli.main import main; code = main(['--help']); "
        "heavy = {'cv2', 'numba', 'mediapipe', 'torch', 'PySide6'} & set(sys.modules); "
        "sys.exit(code or len(heavy))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    for command in ("info", "render", "simulate", "project", "process", "doctor", "bench"):
        assert command in result.stdout


def test_a_usage_error_exits_2(capsys):
    assert main(["render", "--no-such-option"]) == 2
    assert "no-such-option" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["info", "missing.raw"],
        ["render", "missing.raw", "out.png"],
        ["simulate", "missing.mp4", "out.h5"],
        ["process", "missing.evface"],
        ["project", "list", "missing.evface"],
    ],
)
def test_a_missing_file_is_one_clear_line_and_exit_code_1(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert "missing." in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_reports_one_json_object(capsys):
    main(["doctor", "--json"])
    findings = {item["name"]: item for item in json.loads(capsys.readouterr().out)["findings"]}
    assert findings["Python"]["works"]
    assert findings["Head model"]["works"]
    assert findings["Event files"]["works"]


def test_the_doctor_prints_brackets_as_they_are(capsys, monkeypatch):
    finding = Finding(
        "Cameras", works=False, found="[none]", mend='"evface[live]"', is_needed=False
    )
    monkeypatch.setattr(doctor, "_CHECKS", (lambda: finding,))
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "[none]" in said
    assert "evface[live]" in said
