"""ResNet18 frame by frame, then a transformer with a class token (FACEMORPHIC)."""
