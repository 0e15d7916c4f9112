"""Inflated Inception (FACEMORPHIC)."""
