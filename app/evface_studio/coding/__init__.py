"""Action units while people code them."""
