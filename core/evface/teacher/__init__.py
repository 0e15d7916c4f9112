"""Teachers: landmarks found on RGB frames."""
