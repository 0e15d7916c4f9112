"""The recipe of the head that ships with evface."""
