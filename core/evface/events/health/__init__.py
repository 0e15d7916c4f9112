"""Tells how good a recording is, and why."""
