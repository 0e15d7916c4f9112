"""Projects: recordings, tracks, labels and the journal of edits in one file."""
