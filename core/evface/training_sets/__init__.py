"""What networks learn from: clips of events with their labels, in one file."""
