"""Event images: what the panes show and what the models are fed."""
