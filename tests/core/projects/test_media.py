import os

import pytest

from evface.projects import media


@pytest.fixture
def small_samples(monkeypatch):
    monkeypatch.setattr(media, "_SAMPLE_BYTES", 10)


def _write(path, content):
    path.write_bytes(content)
    return media.fingerprint(path)


@pytest.mark.usefixtures("small_samples")
@pytest.mark.parametrize("n_bytes", [0, 1, 9, 10, 11, 19, 20, 21, 29, 30])
def test_every_byte_of_a_small_file_counts(tmp_path, n_bytes):
    content = bytes(range(n_bytes))
    seen = {_write(tmp_path / "f", content)}
    for i in range(n_bytes):
        seen.add(_write(tmp_path / "f", content[:i] + b"\xff" + content[i + 1 :]))
    assert len(seen) == n_bytes + 1


@pytest.mark.usefixtures("small_samples")
def test_head_middle_tail_and_size_of_a_large_file_count(tmp_path):
    content = bytes(1000)
    seen = {_write(tmp_path / "f", content), _write(tmp_path / "f", bytes(1001))}
    for i in (0, 9, 495, 504, 990, 999):
        seen.add(_write(tmp_path / "f", content[:i] + b"\xff" + content[i + 1 :]))
    assert len(seen) == 8


def test_a_large_file_is_not_read_whole(tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 40)
    assert len(media.fingerprint(tmp_path / "large")) == 32


def test_the_file_of_the_right_size_is_preferred(tmp_path):
    (tmp_path / "near").write_bytes(b"other")
    far = tmp_path / "far"
    far.write_bytes(b"the right one")
    entry = media.read_entry(tmp_path, "near", str(far), len(b"the right one"), "")
    assert entry.path == far
    assert media.read_entry(tmp_path, "near", str(far), 99, "").path == tmp_path / "near"
    assert not entry.is_missing
    assert media.read_entry(tmp_path, "none", str(tmp_path / "no"), 1, "").is_missing


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_only_regular_files_are_media(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert media.size_of(tmp_path / "pipe") is None
    assert media.read_entry(tmp_path, "pipe", "/dev/zero", 0, "").is_missing
    assert media.size_of(tmp_path) is None
    assert media.size_of(tmp_path / "a\0b") is None


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_a_loop_of_links_ends(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    wanted = media.MediaEntry(tmp_path / "gone", "gone", 3, _write(tmp_path / "x", b"abc"), True)
    assert media.find_media(tmp_path, [wanted]) == {wanted.fingerprint: tmp_path / "x"}
