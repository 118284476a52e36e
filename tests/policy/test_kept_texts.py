"""What readers see is kept as texts: the leaflet of every policy, whole answers that between them have every step, what
the proofs say, what policies tell apart in people, how much of a register is worked out for it, and the tables of costs
and effects.

Whoever changes words, figures or citations sees what readers will see, and who makes the engine tell more apart than
it must, which costs time for every register. `python -m tests.policy.test_kept_texts` writes the texts anew; read the
difference before keeping it.
"""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from canbao.policy import Policy, policies
from canbao.policy.answer import Answer
from canbao.policy.assess import Assessment
from canbao.policy.cases import BAD, answer_of, cases_beside, load_cases
from canbao.policy.distinctions import SETS, Distinctions
from canbao.policy.engines.counts import count
from canbao.policy.engines.effects import effects
from canbao.policy.engines.outcomes import Outcomes
from canbao.policy.engines.pricing import price
from canbao.policy.engines.register import open_register
from canbao.policy.engines.tables import effects_table, price_table
from canbao.policy.leaflet import leaflet
from canbao.policy.loading import with_values
from canbao.policy.proofs import Findings, prove

from .registers import random_people, register_of

TEXTS = Path(__file__).parent / "texts"
ANSWERS, PROOFS, APART, WORKED_OUT, TABLES = (
    TEXTS / f"{name}.txt" for name in ("answers", "proofs", "apart", "worked_out", "tables")
)
KEPT_ANSWERS = ANSWERS.read_text(encoding="utf-8").strip().split("\n\n")
QUICK = ("990100", "990200", "990400", "990500")
MANY = 60
PLACES = [*policies.files(), *sorted(policies.folder.glob("examples/*/2026.yaml"))]
TOLD_IN_TABLES: dict[str, tuple[str, int | None, dict[str, object] | str]] = {
    "dearer, with more aid": (
        "370481-2025",
        None,
        {
            "classes.resident.standard_fen": 42000,
            "aid.rules.age_60_69.pays": {"city_finance": {"percent": 60}},
            "waiting.first_gap_year_adds.value": True,
            "scope.insured_elsewhere.blocks": False,
        },
    ),
    "cheaper, with a shorter wait": (
        "370700-2025",
        2027,
        {
            "classes.adult_low.standard_fen": 30000,
            "waiting.fixed_months.value": 2,
            "scope.employee_insured.blocks": False,
        },
    ),
    "with products": (str(PLACES[-2]), None, {"waiting.fixed_months.value": 1}),
    "another area": ("370481-2025", None, "140600-2025"),
}
"""By name: a policy, the benefit year it is carried to, and the other figures or the other policy."""
AGAIN = "python -m tests.policy.test_kept_texts writes the texts anew: read the difference before keeping it"


def telling_cases() -> Iterator[str]:
    """Every worked case, place by place, that has a step as none before it: told whole."""
    known: set[tuple[str, str]] = set()
    for path in PLACES:
        policy = policies.get(str(path))
        for case in load_cases(cases_beside(path)).cases:
            if BAD not in case.expect:
                answer = answer_of(policy, case)
                steps = {(step.rule, step.words) for step in answer.steps}
                if not steps <= known:
                    known |= steps
                    yield "\n".join([f"{path.parent.name}: {case.name}", *lines_of(answer)])


def told_again(kept_answer: str) -> str:
    """The answer to the case whose place and name stand in the first line of a kept answer."""
    heading = kept_answer.partition("\n")[0]
    place, _, name = heading.partition(": ")
    path = next(path for path in PLACES if path.parent.name == place)
    case = next(case for case in load_cases(cases_beside(path)).cases if case.name == name)
    return "\n".join([heading, *lines_of(answer_of(policies.get(str(path)), case))])


def lines_of(answer: Answer) -> Iterator[str]:
    yield "  " + ", ".join(f"{column} {value}" for column, value in answer.row().items() if value)
    for step in answer.steps:
        yield f"  {step.rule} = {step.outcome} {[*step.source.values()]}"
        yield f"    {step.text_zh}"
        yield f"    {step.text_en}"
    yield from (f"  pays {line.as_dict()}" for line in answer.lines)
    yield from (f"  aided {subsidy}" for subsidy in answer.subsidies)


def proofs(ids: Iterable[str]) -> list[str]:
    """The findings for places whose proofs take little time."""
    told: list[str] = []
    for place in ids:
        policy = policies.get(str(policies.folder / "examples" / place / "2026.yaml"))
        tried: dict[str, set[str]] = defaultdict(set)
        found = observed(policy, tried)
        told += [f"{policy.id}: {found.situations} situations", f"  met {sorted(found.classes)} {sorted(found.awards)}"]
        told += [f"  met {sorted(found.cases)} {sorted(found.reasons)}"]
        told += [f"  tried {column}: {shown(values)}" for column, values in tried.items()]
        told += [f"  {kind} {loc} {what}" for kind in ("faults", "remarks") for loc, what in getattr(found, kind)]
    return told


def observed(policy: Policy, tried: dict[str, set[str]]) -> Findings:
    """The findings, and which values of each fact were tried."""
    look = Findings.look

    def noted(findings: Findings, of: Policy, facts: dict[str, Any], *rest: Any, **further: Any) -> Assessment | None:
        for column, value in facts.items():
            tried[column].add(str(sorted(value) if isinstance(value, frozenset) else value))
        return look(findings, of, facts, *rest, **further)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Findings, "look", noted)
        return prove(policy)


def apart() -> list[str]:
    """What each policy tells apart; of more than a few days, how many and the first and last."""
    told: list[str] = []
    for path in PLACES:
        policy = policies.get(str(path))
        told.append(f"{policy.id}: {policy.benefit_year}")
        alone, whole = Distinctions.as_it_stands(policy), Distinctions.of(policy)
        for name in SETS:
            values, further = shown(getattr(alone, name)), shown(getattr(whole, name) - getattr(alone, name))
            told.append(f"  {name}: {values}" + (f"; under other readings {further}" if further else ""))
    return told


def shown(values: Iterable[object]) -> str:
    found = sorted(" or ".join(sorted(value)) if isinstance(value, frozenset) else str(value) for value in values)
    if len(found) > MANY:
        found[MANY // 2 : -MANY // 2] = [f"{len(found)} in all"]
    return ", ".join(found)


def worked_out(path: Path, folder: Path) -> str:
    """How much of an invented register is worked out: what is the same for several people is worked out once."""
    policy = policies.get(str(path))
    people = random_people(random.Random(policy.id), policy, 400)
    outcomes = Outcomes(policy)
    for batch, rejected in open_register(register_of(people, folder / "people.parquet")).batches(policy, 150):
        assert rejected == []
        outcomes.answer(batch)
    done = f"{len(outcomes.numbers)} situations, {len(outcomes.ways)} ways to count days, {len(outcomes.dates)} days"
    return f"{policy.id}: {len(people)} people, {done}"


def tables(folder: Path) -> Iterator[str]:
    """What invented registers cost, and who gains and loses by other figures, another area's policy, another year."""
    for name, (wanted, year, other) in TOLD_IN_TABLES.items():
        policy = policies.get(wanted).carried_to(year)
        if isinstance(other, str):
            after = policies.get(other)
        else:
            after = Policy(with_values(policy.file, other), "changed", policy.benefit_year)
        people = random_people(random.Random(name), policy, 300)
        if after.id != policy.id:
            # Paid in one area's window is too early for the other's.
            people = [{**facts, "paid_at": None} for facts in people]
        register = register_of(people, folder / f"{name}.parquet")
        yield f"{name}\n{price_table(price(policy, count([policy], register)))}"
        yield effects_table(effects(policy, after, register), most=4)


def kept(path: Path) -> Path:
    return TEXTS / f"{path.parent.name}.leaflet.txt"


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.parent.name)
def test_a_leaflet_reads_as_it_was_kept(path: Path) -> None:
    assert leaflet(policies.get(str(path))).splitlines() == kept(path).read_text(encoding="utf-8").splitlines(), AGAIN


@pytest.mark.parametrize("text", KEPT_ANSWERS, ids=lambda text: text.partition("\n")[0])
def test_an_answer_reads_as_it_was_kept(text: str) -> None:
    assert told_again(text).splitlines() == text.splitlines(), AGAIN


@pytest.mark.parametrize("place", QUICK)
def test_proofs_say_what_was_kept(place: str) -> None:
    text = "\n".join(proofs([place]))

    assert text in PROOFS.read_text(encoding="utf-8"), AGAIN


def test_policies_tell_apart_what_was_kept() -> None:
    assert apart() == APART.read_text(encoding="utf-8").splitlines(), AGAIN


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.parent.name)
def test_no_more_is_worked_out_than_was(path: Path, tmp_path: Path) -> None:
    assert worked_out(path, tmp_path) in WORKED_OUT.read_text(encoding="utf-8").splitlines(), AGAIN


def test_tables_read_as_they_were_kept(tmp_path: Path) -> None:
    assert "\n\n".join(tables(tmp_path)).splitlines() == TABLES.read_text(encoding="utf-8").splitlines(), AGAIN


def test_no_text_is_kept_of_a_policy_that_is_gone() -> None:
    assert set(TEXTS.iterdir()) == {ANSWERS, PROOFS, APART, WORKED_OUT, TABLES, *map(kept, PLACES)}


if __name__ == "__main__":
    TEXTS.mkdir(exist_ok=True)
    ANSWERS.write_text("\n\n".join(telling_cases()) + "\n", encoding="utf-8")
    PROOFS.write_text("\n".join(proofs(QUICK)) + "\n", encoding="utf-8")
    APART.write_text("\n".join(apart()) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as made:
        WORKED_OUT.write_text("".join(worked_out(place, Path(made)) + "\n" for place in PLACES), encoding="utf-8")
        TABLES.write_text("\n\n".join(tables(Path(made))) + "\n", encoding="utf-8")
    for place in PLACES:
        kept(place).write_text(leaflet(policies.get(str(place))).rstrip("\n") + "\n", encoding="utf-8")
