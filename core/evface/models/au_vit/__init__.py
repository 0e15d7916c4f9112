"""A spatio-temporal transformer for small data sets."""
