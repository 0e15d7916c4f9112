"""Jobs: processes that the window starts, lists and ends."""
