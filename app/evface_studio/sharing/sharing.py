"""What the menu Project offers: annotators, their agreement, merging, snapshots."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QWidget

from evface_studio.document import Document
from evface_studio.settings import Settings
from evface_studio.sharing.comparing import Comparing
from evface_studio.sharing.merging import Merging
from evface_studio.sharing.snapshots import Snapshots


class Sharing(QObject):
    """Opens the dialogs, and remembers who annotates.

    Parameters
    ----------
    window
        The dialogs belong to it.
    """

    # One line for the user, where no dialog is open to say it.
    failed = Signal(str)

    def __init__(self, window: QWidget, document: Document, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._document = document
        self._settings = settings
        self.comparing = Comparing(document, self)
        self.merging = Merging(document, self)
        self.snapshots = Snapshots(document, self)
        self._dialog: QDialog | None = None
        for part in (self.comparing, self.merging, self.snapshots):
            part.failed.connect(self._on_failed)
        if settings.annotator:
            document.set_annotator(settings.annotator)
        if settings.is_blind:
            document.set_blind(True)

    @property
    def dialog(self) -> QDialog | None:
        """The dialog that is open."""
        return self._dialog

    def set_annotator(self, name: str, *, is_blind: bool) -> None:
        """Keep what follows under a name, and show that person everyone's labels or only theirs."""
        self._settings.set_annotator(name, is_blind=is_blind)
        if name != self._document.annotator:
            self._document.set_annotator(name)
        if is_blind != self._document.is_blind:
            self._document.set_blind(is_blind)

    def toggle_blind(self) -> None:
        """Show only the annotator's own labels, or everyone's again."""
        self.set_annotator(self._document.annotator, is_blind=not self._document.is_blind)

    def show_annotator(self) -> None:
        """Ask who annotates, and say who did."""
        from evface_studio.dialogs.annotator_dialog import AnnotatorDialog

        self._show(AnnotatorDialog(self, self._document, self._settings.theme, self._window))

    def show_agreement(self) -> None:
        """Compare two annotators."""
        from evface_studio.dialogs.agreement_dialog import AgreementDialog

        theme = self._settings.theme
        self._show(AgreementDialog(self.comparing, theme, self._window))

    def show_merge(self) -> None:
        """Ask for another project, and merge it."""
        from evface_studio.dialogs.merge_dialog import MergeDialog

        self._show(MergeDialog(self.merging, self._settings.theme, self._window))

    def show_snapshots(self) -> None:
        """List what was kept, to keep more and to bring it back."""
        from evface_studio.dialogs.snapshots_dialog import SnapshotsDialog

        self._show(SnapshotsDialog(self.snapshots, self._settings.theme, self._window))

    def close(self) -> None:
        """End the threads."""
        for part in (self.comparing, self.merging, self.snapshots):
            part.close()

    def _show(self, dialog: QDialog) -> None:
        if self._dialog is not None:
            self._dialog.close()
        self._dialog = dialog
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.finished.connect(self._on_finished)
        dialog.show()

    @Slot()
    def _on_finished(self) -> None:
        self._dialog = None

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        if self._dialog is None:
            self.failed.emit(problem)
