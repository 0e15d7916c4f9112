"""Landmarks on events with an RGB picture beside them: cross-modal fusion attention."""
