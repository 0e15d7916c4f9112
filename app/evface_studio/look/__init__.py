"""Colours, text, icons, and names for those who hear the window."""
