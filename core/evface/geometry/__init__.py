"""Clocks, cameras and transforms."""
