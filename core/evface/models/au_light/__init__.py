"""A small network of ours for processors and live use."""
