"""Carrying labels from RGB to events."""
