"""The two pages about policy files hold: the example checks clean, and the reference names every key and value."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canbao.policy import policies
from canbao.policy.cases import CasesFile, WorkedCase
from canbao.policy.checks import check_file, schema
from canbao.policy.codes import PAYERS

ROOT = Path(__file__).parents[2]
HOWTO = ROOT / "docs" / "howto" / "write-a-policy.md"
REFERENCE = ROOT / "docs" / "reference" / "policy-file.md"


def blocks() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", HOWTO.read_text(encoding="utf-8"), re.DOTALL)


def test_the_example_of_the_how_to_checks_clean(tmp_path: Path) -> None:
    policy, _, cases, notice = blocks()
    place = tmp_path / "990100"
    place.mkdir()
    shutil.copy(policies.folder / "national.yaml", tmp_path)
    (place / "2025.yaml").write_text(policy, encoding="utf-8")
    (place / "2025.cases.yaml").write_text(cases, encoding="utf-8")
    (place / "2025.notice.yaml").write_text(notice, encoding="utf-8")

    report = check_file(place)

    assert [str(fault) for fault in report.faults] == []
    assert report.cases == 3


MISTAKES_OF_THE_PAGE = [
    ("2025.yaml", "    standard_fen", "    standart_fen"),
    ("2025.yaml", "closes: 2024-12-31", "closes: 2024-02-30"),
    ("2025.yaml", "    source: price", "    source: prices"),
    ("2025.cases.yaml", "resident, personal_fen: 40000", "resident, personal_fen: 38000"),
]


@pytest.mark.parametrize("mistake", MISTAKES_OF_THE_PAGE, ids=lambda mistake: mistake[2].strip())
def test_the_faults_that_the_how_to_shows_are_what_the_check_prints(
    mistake: tuple[str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    policy, _, cases, _ = blocks()
    place = Path("policies/990100")
    place.mkdir(parents=True)
    shutil.copy(policies.folder / "national.yaml", "policies")
    (place / "2025.yaml").write_text(policy, encoding="utf-8")
    (place / "2025.cases.yaml").write_text(cases, encoding="utf-8")
    name, old, new = mistake
    text = (place / name).read_text(encoding="utf-8")
    (place / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    (fault,) = check_file(place).faults

    assert f"{fault}\n" in HOWTO.read_text(encoding="utf-8")


def test_the_reference_names_every_key_and_value() -> None:
    page = REFERENCE.read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_]+)`", page)) | set(re.findall(r"`([a-z_]+):", page))
    wanted = {*keys(schema()), *PAYERS, *WorkedCase.model_fields, *CasesFile.model_fields}

    assert wanted - told == set()


def keys(made: dict[str, Any]) -> Iterator[str]:
    """Keys of every part that can be reached."""
    definitions = made["$defs"]
    waiting = [made["properties"]]
    seen: set[str] = set()
    yield from waiting[0]
    while waiting:
        for name in re.findall(r"#/\$defs/(\w+)", str(waiting.pop())):
            if name not in seen:
                seen.add(name)
                properties = definitions[name].get("properties", {})
                yield from properties
                waiting.append(properties)
