import ast
import sys
from pathlib import Path

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


def test_the_set_up_needs_nothing_but_the_standard_library():
    tree = ast.parse((PACKAGING / "dev.py").read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
        )
    }
    assert imported <= set(sys.stdlib_module_names)


def test_every_constraint_is_an_exact_version():
    lines = (PACKAGING / "constraints.txt").read_text().split()
    assert lines
    assert [line for line in lines if "==" not in line] == []
