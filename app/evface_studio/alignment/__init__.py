"""How the two cameras fit together, while people look into it."""
