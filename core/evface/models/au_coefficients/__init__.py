"""Action units from sequences of coefficients alone: the controls of FACEMORPHIC."""
