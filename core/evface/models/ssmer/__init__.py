"""Self-supervised learning from several representations of the same events."""
