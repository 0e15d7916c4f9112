"""What the pointer does on a picture: one small class a tool, with press, move and release."""
