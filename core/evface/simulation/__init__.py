"""Simulated recordings: video to events, rendered heads, and their truth."""
