"""The rules of the house that a linter does not know. Each failure names the place and what to do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.house.sources import FLOW, ROOMS, ROOT, SRC, docstrings, nodes, place, python_files, report, tree

LINES_MAX = 400
_WRITERS = {"models", "actions", "queries", "migrations", "invariants", "demo", "bulk"}
_AREA_CODE = re.compile(
    r"(?<![0-9A-Za-z.#_-])(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])\d{4}(?:\d{3}){0,2}(?![0-9A-Za-z.])"
)
_CLOCK_READERS = {"datetime", "date", "timezone", "time"}
_CLOCK_WORDS = {"now", "utcnow", "today", "time", "time_ns"}


def test_every_room_says_what_it_takes_gives_and_never_does() -> None:
    silent = [
        place(SRC / room / "__init__.py")
        for room in ROOMS
        if not all(
            word in (ast.get_docstring(tree(SRC / room / "__init__.py")) or "")
            for word in ("Takes:", "Gives:", "Never:")
        )
    ]

    report(silent, "give the room a charter: a docstring with Takes:, Gives: and Never:")


def test_there_is_no_room_without_a_place_in_the_flow() -> None:
    rooms = {folder.name for folder in SRC.iterdir() if (folder / "__init__.py").exists()}

    assert rooms == set(ROOMS), "add the room to FLOW or ROOMS in tests/house/sources.py, or remove it"


def test_the_apps_are_installed_in_the_order_of_the_flow() -> None:
    ours = [app.removeprefix("canbao.").split(".")[0] for app in settings.INSTALLED_APPS if app.startswith("canbao.")]
    # A room may hold several apps, as faces does.
    assert tuple(dict.fromkeys(ours)) == FLOW, (
        "order INSTALLED_APPS as a person meets the rooms (tests/house/sources.py)"
    )


def test_no_file_is_too_long_to_read() -> None:
    kinds = {".py", ".html", ".css", ".js", ".sql", ".txt"}
    files = [file for file in SRC.rglob("*") if file.suffix in kinds and file.is_file()]
    long = [
        f"{place(file)} has {count} lines"
        for file in files
        # What Django writes for the first tables of a room is as long as it is.
        if file.parent.name != "migrations"
        if (count := len(file.read_text(encoding="utf-8").splitlines())) > LINES_MAX
    ]

    report(long, f"split the file before it passes {LINES_MAX} lines")


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "managers", "manager", "signals", "common", "misc", "services"}

    report((place(file) for file in python_files() if vague & {file.stem, file.parent.name}), "name what it holds")


def test_rows_are_reached_only_where_a_room_keeps_its_tables() -> None:
    found = [
        place(file, node.lineno)
        for file, node in nodes(ast.Attribute)
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager")
        if not _WRITERS & {*file.relative_to(SRC).with_suffix("").parts}
    ]

    report(found, "ask the room's queries, or let its actions write")


def test_time_and_chance_come_in_as_arguments() -> None:
    found = []
    for file, node in nodes(ast.Attribute, ast.Import, ast.ImportFrom):
        inside = file.relative_to(SRC).as_posix()
        if inside == "kernel/clock.py":
            continue
        if isinstance(node, ast.Attribute):
            receiver = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if node.attr in _CLOCK_WORDS and receiver in _CLOCK_READERS:
                found.append(place(file, node.lineno))
        elif isinstance(node, ast.Import):
            if any(name.name in ("random", "uuid") for name in node.names):
                found.append(place(file, node.lineno))
        elif isinstance(node, ast.ImportFrom):
            seeded = (
                inside.startswith("demo/") and node.module == "random" and [n.name for n in node.names] == ["Random"]
            )
            if node.module in ("random", "uuid") and not seeded:
                found.append(place(file, node.lineno))
    for file, node in nodes(ast.Call):
        # With an argument these convert a moment; without one they ask the machine.
        asks = isinstance(node, ast.Call) and not node.args and isinstance(node.func, ast.Attribute)
        if asks and node.func.attr in ("localtime", "localdate"):
            found.append(place(file, node.lineno))
    for file, node in nodes(ast.keyword):
        if isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add"):
            found.append(place(file, node.value.lineno))

    report(found, "take a Clock as an argument; for keys use kernel.clock.unique_key")


def test_no_area_is_named_in_code() -> None:
    found = []
    for file, node in nodes(ast.Constant):
        assert isinstance(node, ast.Constant)
        if file.is_relative_to(SRC / "demo"):
            continue
        text = str(node.value) if isinstance(node.value, int | str) and not isinstance(node.value, bool) else ""
        if _AREA_CODE.search(text) and id(node) not in docstrings(tree(file)):
            found.append(f"{place(file, node.lineno)} {text[:60]!r}")
    for file in SRC.rglob("*.html"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if _AREA_CODE.search(line):
                found.append(place(file, number))

    report(found, "area codes are data: policies/ or the register says them")


def test_no_figure_of_a_notice_stands_in_a_rule() -> None:
    rules = [file for file in python_files() if file.is_relative_to(SRC / "policy" / "rules")]
    found = [
        f"{place(file, node.lineno)} {node.value}"
        for file, node in nodes(ast.Constant, files=rules)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value not in (0, 1, 2, 12, 100)
    ]

    assert rules, "the rules moved: tell this test where they are"
    report(found, "let the policy file say the figure, with its clause")


def test_nothing_is_left_for_later() -> None:
    files = [*python_files(), *SRC.rglob("*.html"), *(ROOT / "tests").rglob("*.py")]
    found = [
        place(file, number)
        for file in files
        if file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\b(TODO|FIXME|XXX|NotImplemented\b)", line)
    ]

    report(found, "do it, or put it into an issue")


@pytest.mark.parametrize("room", FLOW)
def test_every_table_of_a_room_carries_the_rooms_name(room: str) -> None:
    from django.apps import apps

    for model in apps.get_app_config(room).get_models(include_auto_created=True):
        assert model._meta.db_table.startswith(f"{room}_"), f"{model.__name__}: leave db_table to Django"


def test_migrations_say_what_the_models_say() -> None:
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState
    from django.utils.translation import override

    loader = MigrationLoader(None)
    with override(None):
        changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(loader.graph)

    report(changes, "run .venv/bin/canbao manage makemigrations for these rooms")


def test_every_number_in_an_address_is_one_that_a_key_can_be() -> None:
    from django.urls import URLPattern, URLResolver, get_resolver
    from django.urls.converters import IntConverter

    def unbounded(resolver: URLResolver, before: str = "") -> list[str]:
        found = []
        for each in resolver.url_patterns:
            where = before + str(each.pattern)
            if isinstance(each, URLResolver):
                found += unbounded(each, where)
            elif isinstance(each, URLPattern):
                found += [where for kind in each.pattern.converters.values() if isinstance(kind, IntConverter)]
        return found

    report(unbounded(get_resolver()), "write <id:…> instead of <int:…> (canbao/faces/numbers.py)")
