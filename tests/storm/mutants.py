"""Every mutant of a module: one small change of its syntax tree that some test should notice.

Changed are comparisons, arithmetic, `and`/`or`/`not`, truth tests, whole numbers by one, booleans, strings that are
data, `min`/`max` and `any`/`all`, returned values (None), and statements that are left out. Not changed: wording (a
string with a space, Chinese or its punctuation, one capitalised word, docstrings, descriptions), the language `en`,
which is whatever is not `zh`, annotations but those of data models, decorators, `assert`, and how many rows are taken
at a time or how hard a file is packed, which changes no answer.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
DROPPED = (ast.Expr, ast.AugAssign, ast.Continue, ast.Break, ast.Raise)
WORDING = re.compile(r"[\s。，：；、“”（）…\u4e00-\u9fff]|^[A-Z][a-z]*$|^en$|^$")
SIZES = ("ROWS_A_", "BATCHES_")
TESTED = (ast.If, ast.While, ast.IfExp)


@dataclass(frozen=True)
class Owner:
    """The outermost function that a piece of code stands in."""

    name: str
    line: int


@dataclass
class Change:
    """`other` in place of `node`, a field of `parent` (or one of a list there)."""

    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST
    other: ast.AST
    label: str
    owner: Owner | None

    def make(self) -> None:
        ast.copy_location(self.other, self.node)
        self._put(self.other)

    def undo(self) -> None:
        self._put(self.node)

    def _put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


@dataclass(frozen=True, eq=False)
class Mutant:
    """One change of a file; `owner` is None for code that runs at import."""

    path: Path
    line: int
    end_line: int
    label: str
    owner: Owner | None
    whole: ast.Module
    change: Change
    place: int
    """Among the mutants of the file."""

    def code(self) -> CodeType:
        """The changed module. Spoils the syntax tree for the other mutants until the change is undone."""
        self.change.make()
        return compile(ast.fix_missing_locations(self.whole), str(self.path), "exec", dont_inherit=True)


def mutants(path: Path) -> list[Mutant]:
    whole = ast.parse(path.read_text(encoding="utf-8"))
    return [
        Mutant(
            path,
            line := _line(change),
            max(line, getattr(change.node, "end_lineno", 0)),
            change.label,
            change.owner,
            whole,
            change,
            place,
        )
        for place, change in enumerate(_changes(whole))
    ]


def _line(change: Change) -> int:
    return int(getattr(change.node, "lineno", 0) or getattr(change.parent, "lineno", 1))


def _changes(
    node: ast.AST, owner: Owner | None = None, names: tuple[str, ...] = (), models: bool = False
) -> Iterator[Change]:
    if isinstance(node, ast.ClassDef):
        models = not node.decorator_list and "NamedTuple" not in map(ast.unparse, node.bases)
    inside = owner
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        names = (*names, node.name)
    if isinstance(node, ast.FunctionDef) and owner is None:
        inside = Owner(".".join(names), min(d.lineno for d in (node, *node.decorator_list)))
        models = False
    for field, value in ast.iter_fields(node):
        here = inside if field == "body" else owner
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _left_alone(node, field, child, models):
                continue
            for other, label in _others(child, node, field):
                yield Change(node, field, index, child, other, label, here)
            yield from _changes(child, here, names, models)


def _left_alone(parent: ast.AST, field: str, child: ast.AST, models: bool) -> bool:
    """Types, decorators, wording, what is said to the type checker, and the list of exported names."""
    if field in ("decorator_list", "bases", "returns", "ctx", "type_comment"):
        return True
    if field == "annotation":
        return not (models and isinstance(parent, ast.AnnAssign))
    if isinstance(parent, ast.JoinedStr):
        return not isinstance(child, ast.FormattedValue)
    match child:
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case ast.Assert() | ast.Expr(value=ast.Constant()) | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.keyword(arg="description" | "compression_level") | ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name.startswith(SIZES)
    return False


def _others(node: ast.AST, parent: ast.AST, field: str) -> Iterator[tuple[ast.AST, str]]:
    """What may stand in place of a node, and how that is told."""
    asked = field == "ifs" or (field == "test" and isinstance(parent, TESTED))
    if asked and not isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield ast.UnaryOp(ast.Not(), node), f"not {ast.unparse(node)}"  # type: ignore[arg-type]
    match node:
        case ast.Compare(left, operators, comparators):
            for position, operator in enumerate(operators):
                other = COMPARISONS[type(operator)]
                changed = [*operators[:position], other(), *operators[position + 1 :]]
                yield ast.Compare(left, changed, comparators), f"{type(operator).__name__} → {other.__name__}"
        case ast.BinOp(left, operator, right) if type(operator) in ARITHMETIC and not _type_union(node):
            other_operator = ARITHMETIC[type(operator)]
            yield ast.BinOp(left, other_operator(), right), f"{type(operator).__name__} → {other_operator.__name__}"
        case ast.AugAssign(target, operator, value) if type(operator) in ARITHMETIC:
            other_operator = ARITHMETIC[type(operator)]
            label = f"{type(operator).__name__} → {other_operator.__name__}"
            yield ast.AugAssign(target, other_operator(), value), label
        case ast.BoolOp(ast.And(), values):
            yield ast.BoolOp(ast.Or(), values), "and → or"
        case ast.BoolOp(ast.Or(), values):
            yield ast.BoolOp(ast.And(), values), "or → and"
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand, f"{ast.unparse(node)} → {ast.unparse(operand)}"
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES and isinstance(parent, ast.Call) and field == "func":
            yield ast.Name(NAMES[name], ast.Load()), f"{name} → {NAMES[name]}"
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None)), "return None"
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value), f"{value} → {not value}"
        case ast.Constant(value=int() as value):
            yield from ((ast.Constant(other), f"{value} → {other}") for other in (value - 1, value + 1))
        case ast.Constant(value=str() as value) if not WORDING.search(value):
            yield ast.Constant(value + "~"), f"{value!r} → {value + '~'!r}"
        case _:
            pass
    if isinstance(node, DROPPED) or (isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name)):
        yield ast.Pass(), f"left out: {ast.unparse(node).splitlines()[0][:60]}"


def _type_union(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.BitOr) and any(
        isinstance(side, ast.Constant) and side.value is None for side in (node.left, node.right)
    )
