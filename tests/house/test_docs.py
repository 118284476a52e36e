"""Documents are tested: nothing undocumented, nothing stale, no dead link, both languages of the README alike."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import get_args

from canbao import __version__
from canbao.policy import policies
from canbao.policy.notice import Actor
from tests.house import clauses_page, lists_page, pages, register_page, roles_page
from tests.house.sources import ROOT, place, report

_VARIABLE = re.compile(r"\b(?:CANBAO_[A-Z_]+[A-Z]|DATABASE_URL|PG_BIN)\b")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)|<img[^>]+src=\"([^\"]+)\"")


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_every_command_and_option_is_in_the_reference() -> None:
    assert pages.COMMANDS.read_text(encoding="utf-8") == pages.fresh_commands_page(), "run make docs"


def test_the_page_of_roles_says_what_the_code_allows() -> None:
    assert roles_page.PAGE.read_text(encoding="utf-8") == roles_page.roles_page(), "run make docs"


def test_every_role_has_a_duty_that_a_notice_names_and_every_actor_a_role() -> None:
    from canbao.staff.models import Role

    known = {row for policy in policies.all() for row in policy.file.clauses}
    asked = {row for _, rows in roles_page.DUTIES.values() for row in rows.split()}

    assert list(roles_page.DUTIES) == list(Role)
    assert asked <= known, sorted(asked - known)
    actors = set(get_args(Actor))
    assert actors == set(roles_page.ACTS_AS) | set(roles_page.WITHOUT_A_ROLE)
    assert set(roles_page.ACTS_AS.values()) <= set(Role)


def test_the_page_of_the_register_says_what_the_tables_hold() -> None:
    assert register_page.PAGE.read_text(encoding="utf-8") == register_page.register_page(), "run make docs"


def test_the_flow_page_says_what_the_charters_say() -> None:
    assert pages.FLOW_PAGE.read_text(encoding="utf-8") == pages.flow_page(), "run make docs"


def test_the_page_of_lists_says_what_is_declared() -> None:
    assert lists_page.LISTS.read_text(encoding="utf-8") == lists_page.lists_page(), "run make docs"


def test_the_page_of_clauses_says_where_the_policies_carry_them() -> None:
    assert clauses_page.PAGE.read_text(encoding="utf-8") == clauses_page.clauses_page(), "run make docs"
    assert clauses_page.uses() <= set(clauses_page.HOMES), "what a clause is used by has a home"
    missing = [home for home in clauses_page.HOMES.values() if not (ROOT / "src" / "canbao" / home).exists()]
    assert missing == []


def test_every_environment_variable_is_in_the_reference_and_no_other() -> None:
    read = {
        word for file in _tracked("src/*.py", "Makefile", ".ci/run") for word in _VARIABLE.findall(file.read_text())
    }
    told = set(_VARIABLE.findall(pages.COMMANDS.read_text(encoding="utf-8")))

    assert told == read, f"docs/reference/commands.md lacks {read - told} and tells of {told - read}"


def test_every_target_of_make_is_in_the_reference() -> None:
    targets = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    page = pages.COMMANDS.read_text(encoding="utf-8")

    report((f"make {target}" for target in targets if f"`make {target}`" not in page), "tell it in commands.md")


def _is_tracked(target: Path, tracked: set[Path]) -> bool:
    """Whether a clone has it: a file of the list, or a folder with one in it."""
    return target in tracked or any(target in file.parents for file in tracked)


def test_no_link_leads_nowhere() -> None:
    tracked = set(_tracked())
    dead = [
        f"{place(file)} → {target}"
        for file in _tracked("*.md")
        for target in map("".join, _LINK.findall(file.read_text(encoding="utf-8")))
        if not target.startswith(("http", "mailto:")) and not _is_tracked((file.parent / target).resolve(), tracked)
    ]

    report(dead, "mend the link, or make what it promises")


def test_the_two_readmes_show_the_same_commands_and_as_many_headings() -> None:
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))

    for pattern in (r"^```sh\n.*?^```", r"^#+ "):
        found = [re.findall(pattern, text, re.MULTILINE | re.DOTALL) for text in (english, chinese)]
        assert len(found[0]) == len(found[1])
    assert re.findall(r"make [a-z]+\b", english) == re.findall(r"make [a-z]+\b", chinese)


def test_every_decision_says_why_what_it_costs_and_what_would_change_it() -> None:
    headings = ("## Context", "## Decision", "## Price", "## What would change our mind")
    records = [file for file in _tracked("docs/decisions/*.md") if file.name != "README.md"]
    lacking = [
        f"{place(file)} {heading}" for file in records for heading in headings if heading not in file.read_text()
    ]

    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")

    assert records
    report(lacking, "a decision record has four headings")
    report((place(file) for file in records if f"]({file.name})" not in index), "list it in docs/decisions/README.md")


def test_the_changelog_knows_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert "## [Unreleased]" in changelog or f"## [{__version__}]" in changelog
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text()


def test_no_lock_or_setting_records_a_registrys_address() -> None:
    files = [ROOT / "package-lock.json", ROOT / ".npmrc", ROOT / "pyproject.toml", *_tracked("requirements/*")]
    found = [
        place(file, number)
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(
            r"--index-url [^-]|\"resolved\"|^registry|--find-links [^-]|https?://[^ ]*(?:simple|registry)", line
        )
    ]

    report(found, "make lock writes them without")


def test_every_locked_package_has_a_hash_and_the_runtime_stays_small() -> None:
    for file in _tracked("requirements/*.txt"):
        for pin in re.split(r"\n(?=\S)", file.read_text()):
            assert not pin.strip() or pin.startswith("#") or "--hash=sha256:" in pin, f"{place(file)}: {pin[:60]}"
    run = re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements/run.txt").read_text(), re.MULTILINE)
    dev = re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements/dev.txt").read_text(), re.MULTILINE)

    asked = [line for line in (ROOT / "requirements/run.in").read_text().splitlines() if line and line[0] != "#"]
    assert len(asked) <= 30, "thirty runtime dependencies are the limit; remove one before adding one"
    assert len({name for name, _ in run}) <= 45, "with what they bring along, forty-five packages are the limit"
    assert set(run) <= set(dev), "run.txt and dev.txt differ: make lock"
