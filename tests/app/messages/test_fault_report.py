import sys
import threading

import pytest

from evface_studio.messages.fault_report import FaultReport


@pytest.fixture
def report(qtbot, tmp_path, monkeypatch):
    del qtbot
    # Put back what `install` takes over.
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    report = FaultReport(tmp_path / "logs" / "studio.log")
    report.install()
    yield report
    report.uninstall()


def raise_and_catch():
    try:
        raise ValueError("seven is not even")
    except ValueError:
        sys.excepthook(*sys.exc_info())


def test_an_unexpected_error_is_told_and_logged(qtbot, report, tmp_path):
    with qtbot.waitSignal(report.reported) as reported:
        raise_and_catch()
    assert "seven is not even" in reported.args[0]
    assert "\n" not in reported.args[0]
    log = (tmp_path / "logs" / "studio.log").read_text()
    assert "Traceback" in log
    assert "seven is not even" in log


def test_an_error_in_a_thread_is_told_too(qtbot, report):
    def fail():
        raise ValueError("eight is not odd")

    thread = threading.Thread(target=fail)
    with qtbot.waitSignal(report.reported) as reported:
        thread.start()
    thread.join()
    assert "eight is not odd" in reported.args[0]


def test_without_a_place_for_the_log_errors_are_told_all_the_same(
    qtbot, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    (tmp_path / "file").touch()
    report = FaultReport(tmp_path / "file" / "studio.log")
    report.install()
    with qtbot.waitSignal(report.reported):
        raise_and_catch()
    report.uninstall()
    assert "seven is not even" in capsys.readouterr().err
