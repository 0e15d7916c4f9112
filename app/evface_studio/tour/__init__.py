"""The first steps: what is where, shown once on the real window."""
