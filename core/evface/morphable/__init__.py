"""Morphable models of the face, and fitting them to landmarks."""
