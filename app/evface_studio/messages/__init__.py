"""What the window tells people, and asks them in passing."""
