import json

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from evface.annotations.tracks import Camera
from evface.interchange.formats import ExportChoices, Format, write_labels
from evface.interchange.reading import read_labels
from evface.projects.editing_lock import EditingLock
from evface.projects.project import Project

ELAN = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT>
  <HEADER TIME_UNITS="milliseconds"/>
  <TIME_ORDER>
    <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="100"/>
    <TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="350"/>
  </TIME_ORDER>
  <TIER TIER_ID="AU4"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1"
    TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2"><ANNOTATION_VALUE>C</ANNOTATION_VALUE>
  </ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
  <TIER TIER_ID="Words"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2"
    TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2"><ANNOTATION_VALUE>hello</ANNOTATION_VALUE>
  </ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
</ANNOTATION_DOCUMENT>
"""


def coco(path, *, n_frames=2, first=0, n_faces=1):
    """Write keypoints as another tool would, which says nothing of who made them."""
    points = [[10.0 + i % 12, 20.0 + i // 12, 2] for i in range(68)]
    images = [
        {"id": i, "width": 160, "height": 120, "file_name": f"frame_{i + first:04d}.png"}
        for i in range(n_frames)
    ]
    annotations = [
        {
            "id": i * 9 + face,
            "image_id": i,
            "category_id": 1,
            "track_id": face,
            "keypoints": [float(v) for point in points for v in point],
        }
        for i in range(n_frames)
        for face in range(n_faces)
    ]
    categories = [{"id": 1, "name": "face", "keypoints": []}]
    content = {"images": images, "annotations": annotations, "categories": categories}
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def elan_path(media):
    path = media / "coded.txt"
    path.write_text(ELAN)
    return path


def look_at(qtbot, dialog, path):
    dialog.choose_file(path)
    wait_for(qtbot, dialog)


def wait_for(qtbot, dialog):
    qtbot.waitUntil(lambda: not dialog.text.startswith("Reading"), timeout=30_000)


def bring_in(qtbot, window, dialog, changed):
    with qtbot.waitSignal(changed, timeout=10_000):
        qtbot.mouseClick(dialog.import_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.notifications.notifications))


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.dropEvent(
        QDropEvent(
            QPointF(40, 40),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


def test_what_comes_in_is_said_before_and_one_undo_takes_it_out(
    qtbot, opened, dialog_of, elan_path
):
    document = opened.document
    dialog = dialog_of(opened, "import_labels")
    assert not dialog.import_button.isEnabled()
    look_at(qtbot, dialog, elan_path)
    assert dialog.form == "elan"
    assert "1 segment by Cleo." in dialog.text
    assert "other tiers left out: 1 (Words)" in dialog.text
    assert {one.author for one in document.segments.values()} == {"Ana", "Ben"}
    bring_in(qtbot, opened, dialog, document.coding_changed)
    (segment,) = [one for one in document.segments.values() if one.unit == "AU4"]
    assert (segment.author, segment.onset_us, segment.source) == (
        "Cleo",
        100_000,
        "imported from elan",
    )
    assert document.undo_label == "Import coded.txt"
    assert "Imported coded.txt: 1 segment by Cleo." in [
        one.text for one in opened.notifications.notifications
    ]
    with qtbot.waitSignal(document.coding_changed, timeout=10_000):
        opened.action("undo").trigger()
    assert {one.unit for one in document.segments.values()} == {"AU12"}


def test_people_are_named_for_labels_that_name_nobody(qtbot, opened, dialog_of, elan_path):
    dialog = dialog_of(opened, "import_labels")
    look_at(qtbot, dialog, elan_path)
    assert dialog.person_field.placeholderText().startswith("Cleo")
    qtbot.keyClicks(dialog.person_field, "Dora")
    assert not dialog.import_button.isEnabled()
    wait_for(qtbot, dialog)
    assert "1 segment by Dora." in dialog.text


def test_a_machines_landmarks_become_a_track_of_their_own(qtbot, opened, dialog_of, media):
    dialog = dialog_of(opened, "import_labels")
    look_at(qtbot, dialog, coco(media / "points.json"))
    assert "68 landmarks on 2 frames of the RGB picture, by points.json" in dialog.text
    assert "“imported_coco”" in dialog.text
    before = opened.document.labels["teacher"].corrections
    bring_in(qtbot, opened, dialog, opened.document.tracks_changed)
    assert "imported_coco" in opened.document.tracks
    assert [*opened.document.labels["teacher"].corrections] == [*before]


def test_a_persons_landmarks_can_be_corrections_of_a_track(qtbot, opened, dialog_of, media):
    dialog = dialog_of(opened, "import_labels")
    look_at(qtbot, dialog, coco(media / "points.json"))
    dialog.onto_box.setCurrentIndex(dialog.onto_box.findData("teacher"))
    dialog.onto_box.activated.emit(dialog.onto_box.currentIndex())
    wait_for(qtbot, dialog)
    assert "Say who made them under “Labels by”" in dialog.text
    assert not dialog.import_button.isEnabled()
    qtbot.keyClicks(dialog.person_field, "Dora")
    wait_for(qtbot, dialog)
    assert "136 corrected points by Dora, on 2 frames of “teacher”." in dialog.text
    bring_in(qtbot, opened, dialog, opened.document.labels_changed)
    said = opened.document.labels["teacher"].corrections.at(5, 0)
    assert said.author == "Dora"
    assert "imported_coco" not in opened.document.tracks


def test_what_the_file_does_not_say_is_asked_in_the_windows_words(qtbot, opened, dialog_of, media):
    dialog = dialog_of(opened, "import_labels")
    look_at(qtbot, dialog, coco(media / "two.json", n_faces=2))
    assert dialog.text.endswith("has several faces on picture 0; say which by Face number")
    qtbot.keyClicks(dialog.face_field, "1")
    wait_for(qtbot, dialog)
    assert "68 landmarks" in dialog.text
    look_at(qtbot, dialog, coco(media / "late.json", n_frames=15, first=1))
    assert "choose 1 as its first frame" in dialog.text
    dialog.first_box.setCurrentIndex(1)
    dialog.first_box.activated.emit(1)
    wait_for(qtbot, dialog)
    assert "on 15 frames" in dialog.text
    assert "--" not in dialog.text


def test_the_rate_stands_in_for_a_video_that_is_not_there(qtbot, opened, dialog_of, media):
    dialog = dialog_of(opened, "import_labels")
    other = next(i for i, one in opened.document.listed.items() if one.entry.name == "other")
    dialog.recording_box.setCurrentIndex(dialog.recording_box.findData(other))
    look_at(qtbot, dialog, coco(media / "points.json"))
    assert "say how many frames a second it has" in dialog.text
    qtbot.keyClicks(dialog.rate_field, "29.97")
    wait_for(qtbot, dialog)
    assert "68 landmarks on 2 frames" in dialog.text


def test_the_picture_of_a_file_of_ours_is_known_and_nothing_comes_twice(
    qtbot, opened, dialog_of, labelled_path, media
):
    with Project.open(labelled_path, read_only=True) as project:
        labels = read_labels(project, project.recordings()[0].id)
    choices = ExportChoices(camera=Camera.EVENTS)
    write_labels(Format.CVAT, media / "e.xml", labels, choices)
    write_labels(Format.NPZ, media / "all.npz", labels, choices)
    dialog = dialog_of(opened, "import_labels")
    look_at(qtbot, dialog, media / "e.xml")
    assert dialog.camera_box.currentText() == "Events"
    assert "of the events" in dialog.text
    look_at(qtbot, dialog, media / "all.npz")
    assert "Nothing new" in dialog.text
    assert "There already: the tracks action_units, face, teacher, transferred." in dialog.text
    assert not dialog.import_button.isEnabled()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "{", "is not whole JSON"),
        ("a.csv", "x,y\n1,2\n", "is not a file of labels that evface knows"),
        ("a.xml", "<annotations><track", "is not whole XML"),
        ("a.npz", "", "is not a file of labels that evface knows"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(
    qtbot, opened, dialog_of, media, name, content, said
):
    (media / name).write_text(content)
    dialog = dialog_of(opened, "import_labels")
    look_at(qtbot, dialog, media / name)
    assert said in dialog.text
    assert "\n" not in dialog.text
    assert not dialog.import_button.isEnabled()


def test_the_format_can_be_told_where_the_content_does_not(qtbot, opened, dialog_of, media):
    path = coco(media / "points")
    path.write_text("[1]")
    dialog = dialog_of(opened, "import_labels")
    look_at(qtbot, dialog, path)
    assert dialog.form == ""
    dialog.form_box.setCurrentIndex(dialog.form_box.findData("coco"))
    dialog.form_box.activated.emit(1)
    wait_for(qtbot, dialog)
    assert "results without their pictures" in dialog.text


def test_a_file_that_is_dropped_is_looked_at(opened, media):
    path = coco(media / "points.json")
    (media / "points.json.evface.json").write_text("{}")
    drop(opened, media / "points.json.evface.json", path)
    dialog = opened.interchange.dialog
    assert dialog.path_field.text() == str(path)
    assert opened.document.paths[0].name == "two.evface"


OPENFACE = "frame, face_id, timestamp, confidence\n1, 0, 0.0, 0.98\n"
EVENTS = "frame,t,x,y,p\n" + "\n".join(f"{t // 9},{t * 500},{t % 60},5,{t % 2}" for t in range(90))


def test_tables_of_labels_are_imported_and_tables_of_events_opened(qtbot, opened, media):
    labels, events = media / "labels.csv", media / "events.csv"
    labels.write_text(OPENFACE)
    events.write_text(EVENTS)
    drop(opened, labels)
    qtbot.waitUntil(lambda: opened.interchange.dialog is not None, timeout=30_000)
    assert opened.interchange.dialog.path_field.text() == str(labels)
    opened.interchange.dialog.reject()
    with qtbot.waitSignal(opened.document.project_changed, timeout=30_000):
        drop(opened, events)
    assert opened.interchange.dialog is None
    assert opened.document.paths == (events,)
    assert opened.document.recording.events.n_events == 90


def test_arrays_of_labels_are_imported_and_arrays_of_events_opened(qtbot, opened, media):
    labels, events = media / "labels.npz", media / "events.npz"
    np.savez(labels, head=np.zeros(1))
    t = np.arange(90) * 500
    np.savez(events, t=t, x=t % 60, y=t % 50, p=t % 2)
    drop(opened, labels)
    qtbot.waitUntil(lambda: opened.interchange.dialog is not None, timeout=30_000)
    opened.interchange.dialog.reject()
    with qtbot.waitSignal(opened.document.project_changed, timeout=30_000):
        drop(opened, events)
    assert opened.document.paths == (events,)


def test_a_table_of_labels_without_a_project_says_what_to_open(qtbot, window, media):
    labels = media / "labels.csv"
    labels.write_text(OPENFACE)
    drop(window, labels)
    qtbot.waitUntil(lambda: bool(window.notifications.notifications), timeout=30_000)
    assert "open the project" in window.notifications.notifications[0].text


def test_a_drop_that_cannot_be_taken_says_why(window, open_in, labelled_path, media):
    path = coco(media / "points.json")
    drop(window, path)
    assert window.interchange.dialog is None
    assert "open the project" in window.notifications.notifications[0].text
    lock = EditingLock(labelled_path)
    try:
        open_in(window, labelled_path)
        drop(window, path)
        assert "can only be read: it is open in another" in (
            window.notifications.notifications[0].text
        )
    finally:
        lock.release()


def test_leaving_the_dialog_changes_nothing(qtbot, opened, dialog_of, elan_path):
    dialog = dialog_of(opened, "import_labels")
    look_at(qtbot, dialog, elan_path)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: opened.interchange.dialog is None)
    assert opened.document.undo_label == ""
    assert {one.unit for one in opened.document.segments.values()} == {"AU12"}


def test_closing_while_a_file_is_read_leaves_nothing_running(qtbot, opened, dialog_of, elan_path):
    dialog = dialog_of(opened, "import_labels")
    dialog.choose_file(elan_path)
    qtbot.wait(400)
    dialog.reject()
    opened.interchange.close()
    assert opened.interchange.dialog is None
