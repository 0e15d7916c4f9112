"""Event cameras, and what can stand in for one, behind one protocol."""
