"""Training: one loop for all networks, resumable and repeatable."""
