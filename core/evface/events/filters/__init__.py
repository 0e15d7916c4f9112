"""Filters: what is left out of a recording before anyone looks at it or learns from it."""
