"""The command line as people call it."""

import pytest

from evface.cli.main import main


@pytest.fixture
def evface(capsys):
    """Run the command line; return its exit code, stdout and stderr."""

    def run(*arguments):
        code = main(list(map(str, arguments)))
        out, err = capsys.readouterr()
        return code, out, err

    return run
