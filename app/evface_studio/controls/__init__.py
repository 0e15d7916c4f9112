"""Controls for time, the event window and how events are drawn."""
