"""Networks that read action units and landmarks from events."""
