"""Faces recorded by event cameras: the library, without a screen."""
