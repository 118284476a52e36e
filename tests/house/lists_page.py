"""docs/reference/lists.md, made from the declarations of the lists that departments hand in."""

from __future__ import annotations

from django.utils import translation

from canbao.intake.sources import SOURCES
from canbao.intake.sources.source import Source
from canbao.staff.models import Role
from tests.house.sources import ROOT

LISTS = ROOT / "docs" / "reference" / "lists.md"


def lists_page() -> str:
    lines = [
        "# Lists and their columns",
        "",
        "The lists that departments hand in ([how](../howto/import-a-list.md)). Made by `make docs` from",
        "`src/canbao/intake/sources/declared.py`. Headings may differ from these: what is recognised stands in",
        "`src/canbao/intake/reading/headings.yaml`, and every column can be set on the page.",
    ]
    for source in SOURCES:
        lines += ["", *_section(source)]
    return "\n".join(lines) + "\n"


def _section(source: Source) -> list[str]:
    with translation.override("zh-hans"):
        chinese = str(source.name)
        headings = [str(column.name) for column in source.columns]
    with translation.override("en"):
        given = ", ".join(sorted(str(Role(role).label) for role in source.given_by))
        lines = [f"## {source.name} {chinese}", "", str(source.about), "", f"Handed in by: {given}.", ""]
        lines += ["| heading | meaning | required | read as | note |", "|---|---|---|---|---|"]
        for heading, column in zip(headings, source.columns, strict=True):
            needed = "yes" if column.required else ""
            lines.append(f"| {heading} | {column.name} | {needed} | {column.kind.replace('_', ' ')} | {column.about} |")
    return lines
