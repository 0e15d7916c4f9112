import re
from pathlib import Path

import pytest

import evface.interchange
from evface.interchange.formats import Format
from evface.interchange.plan_file import ImportPreview, SaidFacts, TrackFacts
from evface.jobs.exporting import ExportReport, Written
from evface_studio.sharing.interchange_words import (
    FORMATS,
    exported_in_words,
    imported_in_words,
    in_window_words,
    preview_in_words,
)


def test_every_format_is_explained():
    assert set(FORMATS) == {str(form) for form in Format}
    for words in FORMATS.values():
        assert words.purpose.endswith(".")
        assert ("sidecar" in words.lacks) == words.has_sidecar


def test_no_advice_of_the_command_line_reaches_the_window():
    folder = Path(evface.interchange.__file__).parent
    said = re.findall(r'"([^"]*--[a-z][^"]*)"', "".join(p.read_text() for p in folder.glob("*.py")))
    assert len(said) > 5
    for text in said:
        for camera in ("rgb", "events"):
            filled = re.sub(r"\{(other|camera)\}", camera, text)
            assert "--" not in in_window_words(filled), text


def test_an_export_of_several_says_where_they_are():
    written = tuple(
        Written(name, (f"/data/{name}.eaf", f"/data/{name}.eaf.evface.json"), {}, ("one note",))
        for name in ("a", "b")
    )
    assert exported_in_words("elan", ExportReport(written)) == (
        f"Exported 2 recordings as ELAN into {Path('/data')}. Keep each file's sidecar beside it "
        "(a.eaf.evface.json, …). One note."
    )


def test_a_preview_is_told_line_by_line():
    preview = ImportPreview(
        "coco",
        (
            TrackFacts("imported_coco", "landmarks", 1200, 68, "rgb", "tool"),
            TrackFacts("imported_openface_presence", "action units", 1, 1, "", "OpenFace"),
        ),
        (
            SaidFacts("points", "Ana", "imported_coco", 1, 1),
            SaidFacts("segments", "Ben", "", 12),
            SaidFacts("classes", "Ben", "", 1),
            SaidFacts("reviews", "Ben", "", 2),
        ),
        ("teacher",),
        ("segments there already: 2",),
    )
    assert preview_in_words(preview) == [
        "68 landmarks on 1\u202f200 frames of the RGB picture, by tool, as the track "
        "“imported_coco”.",
        "1 action unit on 1 frame, by OpenFace, as the track “imported_openface_presence”.",
        "1 corrected point by Ana, on 1 frame of “imported_coco”.",
        "12 segments by Ben.",
        "1 class of the recording by Ben.",
        "2 verdicts of the review by Ben.",
        "There already: the track teacher.",
        "Segments there already: 2.",
    ]
    assert imported_in_words("f.json", preview).startswith(
        "Imported f.json: track “imported_coco”, track “imported_openface_presence”, 1 corrected"
    )


@pytest.mark.parametrize(("is_left_out", "said"), [(True, "Say who"), (False, "Nothing new")])
def test_nothing_is_explained(is_left_out, said):
    (line,) = preview_in_words(ImportPreview("coco", (), (), (), (), is_left_out))
    assert said in line
