"""Long work: one job is one process."""
