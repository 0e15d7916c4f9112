"""Landmarks by sparse local patches on one modality."""
