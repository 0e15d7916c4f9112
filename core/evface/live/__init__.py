"""The live view without a window: capture, accumulation, inference and recording."""
