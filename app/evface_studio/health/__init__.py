"""How good the recording shown is."""
