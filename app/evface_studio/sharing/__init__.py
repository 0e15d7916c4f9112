"""Several annotators of one project, and one project on several days."""
