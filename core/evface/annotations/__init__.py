"""Tracks, labels, and the edits that change them."""
