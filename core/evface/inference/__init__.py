"""Trained networks at work, on recordings and on streams."""
