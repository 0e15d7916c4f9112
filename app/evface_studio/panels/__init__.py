"""Lists at the side of the window."""
