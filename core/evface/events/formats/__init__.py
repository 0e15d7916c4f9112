"""Formats of event files: decoders, sources and writers, one file each."""
