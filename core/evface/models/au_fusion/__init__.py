"""Action units from events and video together: fused early, in the middle or late."""
