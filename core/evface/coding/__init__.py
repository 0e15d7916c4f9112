"""Helping people to code action units."""
