"""What `evface bench learning` does: data, trainings, and the tables of both papers."""
