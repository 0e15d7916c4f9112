"""Landmark schemes and metrics."""
