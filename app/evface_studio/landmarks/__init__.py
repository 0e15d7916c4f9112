"""Landmarks and boxes while people change them."""
