"""The live view: a camera's events as they come, what models say of them, and recordings."""
