"""The pages of docs made from the code: the flow through the rooms, the commands, the lists, where every clause stands.

`python -m tests.house.pages` (make docs) writes them; test_docs.py fails when they are stale.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import django

from canbao.cli import parser
from tests.house import clauses_page, register_page, roles_page
from tests.house.sources import FLOW, ROOT, SRC, tree

COMMANDS = ROOT / "docs" / "reference" / "commands.md"
FLOW_PAGE = ROOT / "docs" / "explanation" / "flow.md"
_MADE = re.compile(r"(?<=<!-- made by `make docs` -->\n).*?(?=<!-- end -->)", re.DOTALL)


def flow_page() -> str:
    """The charters of the rooms, in the order in which a person meets them."""
    lines = [
        "# The flow",
        "",
        "What happens to a person, room by room. Made by `make docs` from the charters in `src/canbao/*/__init__.py`.",
        "",
    ]
    for room in ("policy", *FLOW, "kernel", "cli", "demo"):
        charter = ast.get_docstring(tree(SRC / room / "__init__.py")) or ""
        title, _, rest = charter.partition("\n")
        lines += [f"## {title.rstrip('.')}", "", f"`src/canbao/{room}`", ""]
        lines += [f"- {part}" for part in re.split(r"\n(?=\w+:)", rest.strip())] + [""]
    return "\n".join(lines).rstrip() + "\n"


def commands_table() -> str:
    """One row for each command and option of the command line."""
    rows = ["", "| command | what it does |", "|---|---|"]
    rows += [f"| `{usage}` | {what} |" for usage, what in _commands(parser(), "canbao")]
    return "\n".join(rows) + "\n\n"


def _commands(command: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, str]]:
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for word, inner in action.choices.items():
                yield f"{name} {word}", _cell(helps.get(word, ""))
                yield from _commands(inner, f"{name} {word}")
        elif not isinstance(action, argparse._HelpAction | argparse._VersionAction):
            flag = ", ".join(action.option_strings)
            value = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
            shown = " ".join(filter(None, [flag, str(value)])) if flag else str(value)
            yield f"{name} {shown}", _cell(action.help or "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def fresh_commands_page() -> str:
    return _MADE.sub(lambda _: commands_table(), COMMANDS.read_text(encoding="utf-8"))


def write() -> None:
    FLOW_PAGE.write_text(flow_page(), encoding="utf-8")
    COMMANDS.write_text(fresh_commands_page(), encoding="utf-8")
    clauses_page.PAGE.write_text(clauses_page.clauses_page(), encoding="utf-8")
    # The lists' declarations lie beside their tables, and those want Django.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbao.settings")
    django.setup()
    from tests.house.lists_page import LISTS, lists_page

    LISTS.write_text(lists_page(), encoding="utf-8")
    roles_page.PAGE.write_text(roles_page.roles_page(), encoding="utf-8")
    register_page.PAGE.write_text(register_page.register_page(), encoding="utf-8")
    for page in (FLOW_PAGE, COMMANDS, clauses_page.PAGE, LISTS, roles_page.PAGE, register_page.PAGE):
        print(Path(page).relative_to(ROOT))


if __name__ == "__main__":
    write()
