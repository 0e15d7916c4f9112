"""Curves of the whole recording over time."""
