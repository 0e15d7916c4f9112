"""Loaders for published data sets, and for any folder by a manifest."""
