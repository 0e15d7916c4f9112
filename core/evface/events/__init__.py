"""Event streams: reading, indexing, and turning them into images."""
