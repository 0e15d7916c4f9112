"""The review queue while people work through it."""
