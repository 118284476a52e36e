"""The project's own source files, read once, for the tests about the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "canbao"
# The order of what happens to a person. The rooms that stand outside it come last.
FLOW = (
    "areas",
    "staff",
    "registry",
    "enrolment",
    "billing",
    "payments",
    "mutual_aid",
    "ledger",
    "entitlement",
    "reconciliation",
    "certificates",
    "intake",
    "supervision",
    "faces",
)
ROOMS = ("policy", "kernel", *FLOW, "demo", "cli")


@cache
def python_files() -> tuple[Path, ...]:
    return tuple(sorted(SRC.rglob("*.py")))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def place(file: Path, line: int = 0) -> str:
    """`path:line` from the project's root, as editors open it."""
    return f"{file.relative_to(ROOT)}:{line}" if line else str(file.relative_to(ROOT))


def nodes(*kinds: type[ast.AST], files: Iterable[Path] | None = None) -> Iterator[tuple[Path, ast.AST]]:
    for file in python_files() if files is None else files:
        for node in ast.walk(tree(file)):
            if isinstance(node, kinds):
                yield file, node


def docstrings(module: ast.Module) -> set[int]:
    """Identities of the constants that are docstrings."""
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def report(found: Iterable[str], todo: str) -> None:
    """Fail with every place and what to do about it."""
    lines = sorted(set(found))
    assert not lines, "\n" + "\n".join(lines) + f"\n→ {todo}"
