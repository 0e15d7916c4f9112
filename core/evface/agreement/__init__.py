"""How far two annotators say the same."""
