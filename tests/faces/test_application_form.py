"""The application form asks a newborn's parents nothing that no newborn has."""

from __future__ import annotations

from datetime import date

from canbao.enrolment.queries import desk_routes
from canbao.faces.portal.application_form import ApplicationForm
from canbao.policy import policies

TODAY = date(2024, 11, 20)
UNFIT = {"student", "covered_years", "last_cover_end", "covered_before", "tier", "disability_grade", "ends"}


def asked(role: str, **sent: str) -> dict[str, list[str]]:
    """Field → the codes of its options."""
    policy = policies.get("370700-2025")
    form = ApplicationForm(policy, sent, TODAY, desk_routes(policy, {role}))
    fields = [*form.read().fields, *form.own_fields(sent=False)]
    return {each.name: [option.code for option in each.options] for each in fields}


def test_a_hospital_is_asked_for_the_mother_and_offers_what_a_newborn_can_have() -> None:
    found = asked("hospital", kind="restart", relation="self")

    assert not UNFIT & found.keys()
    assert (found["kind"], found["relation"]) == (["enrol"], ["parent", "other"])
    assert "employee_insured" not in found["other_insurance"] and "advanced_age" not in found["categories"]
    assert "orphan" in found["categories"]


def test_another_counter_goes_on_asking() -> None:
    found = asked("township_clerk")

    assert {"student", "tier", "covered_before", "ends"} <= found.keys() and len(found["kind"]) == 3
