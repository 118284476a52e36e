"""Invented places say what the five notices do not: their files are clean and their worked cases come out."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from canbao.policy import policies, quote
from canbao.policy.cases import BAD, answer_of, cases_beside, load_cases
from canbao.policy.charges import Percentage, Priced, Rounded
from canbao.policy.checks import check_file
from canbao.policy.leaflet import leaflet
from canbao.policy.loading import read
from canbao.policy.model import CoverCase, FeeClass

from .test_cases import cited
from .test_checks import plain

PLACES = sorted(policies.folder.glob("examples/*/2026.yaml"))
FEWEST = 12


def test_there_are_seven_and_the_list_of_places_knows_none() -> None:
    assert len(PLACES) >= 7
    assert not any(wanted.startswith("99") for wanted in policies.ids())


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.parent.name)
def test_an_example_is_clean(path: Path) -> None:
    report = check_file(path)

    assert [str(fault) for fault in report.faults] == []
    assert report.cases >= FEWEST


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.parent.name)
def test_every_clause_is_cited_and_touched_by_a_case(path: Path) -> None:
    policy = policies.get(str(path))
    own = set(read(path).data["clauses"])
    cases = [case for case in load_cases(cases_beside(path)).cases if BAD not in case.expect]
    touched = {key for case in cases for step in answer_of(policy, case).steps for key in step.sources}

    by_targets = {key for target in policy.file.targets.values() for key in target.source}

    assert own - cited(policy) - by_targets == set()
    assert (own & cited(policy)) - touched == set()


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.parent.name)
def test_an_example_fits_the_schema_and_reads_as_a_leaflet(path: Path) -> None:
    schema = json.loads((policies.folder / "schema.json").read_text(encoding="utf-8"))
    policy = policies.get(str(path))
    told = leaflet(policy)

    assert list(jsonschema.Draft202012Validator(schema).iter_errors(plain(read(path).data))) == []
    assert all(part.name.zh in told for part in policy.file.products.values())
    assert all(price.name.en in told for part in policy.file.classes.values() for price in part.prices.values())
    assert all(refusal.words.en in told for refusal in policy.file.scope.refusals.values())


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.parent.name)
def test_the_lines_that_are_paid_begin_with_the_contribution(path: Path) -> None:
    policy = policies.get(str(path))
    for case in load_cases(cases_beside(path)).cases:
        if BAD in case.expect:
            continue
        answer = answer_of(policy, case)
        lines = answer.as_dict()["lines"]
        if not answer.eligible:
            assert lines == []
            continue
        first = {"code": "contribution", "price_fen": answer.standard_fen, "fen": answer.personal_fen}
        assert {**first, "aided": bool(answer.payers)} == lines[0]
        assert [line["fen"] for line in lines if line["code"] == "repair"] == [answer.repair_fen] * bool(
            answer.repair_fen
        )


def test_a_line_says_whether_it_is_aided() -> None:
    policy = policies.get(str(next(path for path in PLACES if path.parent.name == "990600")))
    facts = {"hukou_area": "990601", "birth_date": "1985-05-05", "categories": ["subsistence_allowance"]}
    found = {line["code"]: line for line in quote(policy, facts).as_dict()["lines"]}

    assert found["long_term_care"] == {"code": "long_term_care", "price_fen": 2400, "fen": 0, "aided": True}


@pytest.mark.parametrize(
    ("exact", "to_fen", "way", "fen"),
    [
        ("40749.9", 100, "half_up", 40700),
        ("40750", 100, "half_up", 40800),
        ("40700.01", 100, "up", 40800),
        ("40700", 100, "up", 40700),
        ("40799.99", 100, "down", 40700),
        ("0.5", 1, "half_up", 1),
    ],
)
def test_rounding(exact: str, to_fen: int, way: Any, fen: int) -> None:
    assert Rounded(to_fen=to_fen, way=way).fen(Decimal(exact)) == fen


def test_a_percentage_of_nothing_published_is_of_the_standard() -> None:
    assert Percentage(percent=Decimal("12.5")).fen(40001) == 5000
    assert Percentage(percent=Decimal("12.5"), of_fen=800).fen(40001) == 100


@pytest.mark.parametrize(
    ("part", "data", "what"),
    [
        (Priced, {"source": "x"}, "exactly one of fen, percent_of, by_area"),
        (Priced, {"source": "x", "fen": 1, "percent_of": {"percent": 1}}, "exactly one"),
        (FeeClass, {"source": "x", "name": {"zh": "x", "en": "x"}}, "give standard_fen or standard_from"),
        (
            FeeClass,
            {"source": "x", "name": {"zh": "x", "en": "x"}, "standard_fen": 3, "standard_from": {"percent": 1}},
            "leave standard_fen out",
        ),
        (
            CoverCase,
            {"source": "x", "name": {"zh": "x", "en": "x"}, "starts": "birth", "waits": False, "wait": {"amount": 3}},
            "waits must be true",
        ),
        (Priced, {"source": "x", "fen": 1, "when": {"settled_within": {"of": "birth"}}}, "either days or months"),
        (
            Priced,
            {"source": "x", "fen": 1, "when": {"settled_within": {"of": "attribute", "days": 3}}},
            "say the attribute",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(part: Any, data: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        part.model_validate(data)


def test_a_wait_from_the_year_names_the_first_day_of_the_year_and_each_clause_once() -> None:
    policy = policies.get(str(next(path for path in PLACES if path.parent.name == "990700")))
    facts = {"hukou_area": "990701", "birth_date": "1985-05-05", "paid_at": "2025-11-01T09:00:00"}
    trace = {step["rule"]: step for step in quote(policy, facts).as_dict()["trace"]}

    assert trace["cover"]["text_zh"] == "从2026年1月1日起满4个月，2026年5月1日起享受待遇。"
    assert trace["cover"]["text_en"] == "4 months from 2026-01-01: covered from 2026-05-01."
    assert trace["waiting.added"]["source"]["clause"] == "五（二） [gaps]"


def test_whoever_was_born_before_the_year_is_not_told_to_be_covered_from_birth() -> None:
    policy = policies.get(str(next(path for path in PLACES if path.parent.name == "990700")))
    facts = {"hukou_area": "990701", "birth_date": "2025-12-10", "paid_at": "2026-02-01T09:00:00"}
    (step,) = [step for step in quote(policy, facts).as_dict()["trace"] if step["rule"] == "cover"]

    assert step["outcome"] == "2026-01-01"
    assert step["text_zh"] == "本年度待遇享受期从2026年1月1日开始，自该日起享受待遇。"
