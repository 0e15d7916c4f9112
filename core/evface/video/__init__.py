"""RGB video."""
