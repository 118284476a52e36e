"""The glossary holds: a word that it forbids stands in no name, no page and no document."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house.sources import ROOT, SRC, place, python_files, report, tree

GLOSSARY = ROOT / "docs" / "glossary.md"
PINYIN = {"jiaofei", "yibao", "daiyu", "zhengjiao", "butie", "buzhu", "zizhu", "xingming", "shenfenzheng", "canbaoren"}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@cache
def _tables() -> list[list[list[str]]]:
    tables: list[list[list[str]]] = []
    inside = False
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line.startswith("|---"):
            tables.append([])
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside:
            tables[-1].append([cell.strip() for cell in line.strip("|").split("|")])
    return tables


@cache
def forbidden() -> dict[str, str]:
    """Word → the word to use instead."""
    instead = {word.strip(): row[1] for row in _tables()[0] for word in row[3].split(",") if word.strip()}
    return instead | dict.fromkeys(PINYIN, "an English word")


def _faults(text: str, file: Path, line: int) -> Iterator[str]:
    for match in _WORD.finditer(text):
        word = match.group().lower()
        for form in (word, word.removesuffix("s")):
            if form in forbidden() and not _is_allowed(form, file):
                yield f"{place(file, line)} {match.group()!r}: say {forbidden()[form]}"


def _is_allowed(word: str, file: Path) -> bool:
    where = file.relative_to(ROOT).as_posix()
    return any(row[0] == word and fnmatch.fnmatch(where, row[1]) for row in _tables()[1])


def _names(module: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno


def test_no_name_uses_a_forbidden_word() -> None:
    found = []
    for file in python_files():
        found += _faults(file.stem, file, 1)
        for name, line in _names(tree(file)):
            found += _faults(name, file, line)

    report(found, "docs/glossary.md has the words, and a table for exceptions")


def test_no_page_uses_a_forbidden_word() -> None:
    found = []
    for file in SRC.rglob("*.html"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            found += _faults(line, file, number)
    for file in SRC.rglob("*.po"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith(("msgid", "msgstr", '"')):
                found += _faults(line, file, number)

    report(found, "docs/glossary.md has the words, and a table for exceptions")


def test_no_document_uses_a_forbidden_word() -> None:
    found = []
    for file in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        if file != GLOSSARY:
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                found += _faults(line, file, number)

    report(found, "docs/glossary.md has the words, and a table for exceptions")


@pytest.mark.parametrize("text", ["PremiumBill", "late_fees", "class Invoice", "jiaofei_at"])
def test_the_search_finds_what_it_is_for(text: str) -> None:
    assert list(_faults(text, SRC / "urls.py", 1))


def test_every_exception_is_still_needed() -> None:
    for word, where, *_ in _tables()[1]:
        files = [file for file in [*SRC.rglob("*"), *ROOT.glob("docs/**/*.md")] if file.is_file()]
        matching = [file for file in files if fnmatch.fnmatch(file.relative_to(ROOT).as_posix(), where)]
        used = any(word in file.read_text(encoding="utf-8", errors="ignore").lower() for file in matching)
        assert used, f"docs/glossary.md: nothing in {where} says {word!r} any more; remove the exception"
