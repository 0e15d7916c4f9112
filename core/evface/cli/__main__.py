"""`python -m evface.cli`, where the command is not on the path."""

from evface.cli.main import run

run()
