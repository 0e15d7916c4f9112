"""ResNet18 frame by frame, then an LSTM (FACEMORPHIC)."""
