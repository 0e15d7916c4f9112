"""Taking tracks and labels out of a project."""
