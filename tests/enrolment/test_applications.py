"""An application from the form to enrolment: what is refused, what is kept how, and who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from canbao.enrolment import actions, evidence, queries, refusals
from canbao.enrolment.models import Application, ApplicationEvent, ApplicationKind, Evidence, PublicAttempt
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.registry.models import Resident
from canbao.registry.refusals import ResidentNotFound
from canbao.staff.models import Access
from tests import town
from tests.registry.conftest import number as id_number

pytestmark = pytest.mark.django_db
WHO = actions.applicant()
NUMBER = "370481199003070026"


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.DATA = tmp_path
    yield tmp_path


def begin(clock: FixedClock, name: str = "李新", client: str = "a phone", **further: Any) -> Application:
    return actions.begin_application(actor=WHO, asked=town.asked(name, **further), client=client, clock=clock)


def approve(application_id: int, clock: FixedClock) -> Application:
    return actions.approve_application(actor=town.EAST_CLERK, application_id=application_id, clock=clock)


def test_approval_registers_a_new_person_and_enrols(clock: FixedClock) -> None:
    applied, _ = town.applied(clock)
    row = approve(applied, clock)

    person = Resident.objects.get(pk=row.resident_id)
    enrolled = queries.enrolment_made(row)
    assert (person.name, person.village_code, str(person.id_number)) == ("李新", town.EAST, "3704**********0026")
    assert enrolled is not None and (enrolled.route, enrolled.state) == ("town", "live")
    assert [event.state for event in queries.past(row)] == ["draft", "submitted", "approved"]
    assert (row.reviewer_name, row.decided_at) == ("吴会计", clock.now())


def test_approval_enrols_who_is_in_the_register_already(clock: FixedClock) -> None:
    applied, _ = town.applied(clock)
    approve(applied, clock)
    count = Resident.objects.count()
    actions.stop(
        actor=town.EAST_CLERK, resident_id=Application.objects.get(pk=applied).resident_id or 0, benefit_year=2025,
        stopped_on=clock.today(), reason="x", clock=clock,
    )  # fmt: skip

    again, _ = town.applied(clock)
    approve(again, clock)
    assert Resident.objects.count() == count


def test_a_newborn_without_a_number_joins_the_household_of_the_mother(clock: FixedClock) -> None:
    from canbao.registry import actions as registry

    home = registry.register_household(actor=town.EAST_CLERK, village_code=town.EAST, head_name="李新")
    mother = registry.NewResident(
        name="李新", birth_on=date(1990, 3, 7), sex="female", village_code=town.EAST, id_number=NUMBER,
        household_id=home.pk, facts={"hukou_area": town.COUNTY},
    )  # fmt: skip
    registry.register_resident(actor=town.EAST_CLERK, person=mother)
    applied, _ = town.applied(clock, "李小满", newborn=True, birth_on=date(2024, 10, 20), relation="parent")
    row = approve(applied, clock)

    child = Resident.objects.get(pk=row.resident_id)
    assert (child.name, child.id_number, child.household_id) == ("李小满", None, home.pk)


def a_parent(sex: str = "female", village: str = town.EAST) -> Resident:
    from canbao.registry import actions as registry

    number = NUMBER if sex == "female" else "370481199003070018"
    new = registry.NewResident(
        name="李新", birth_on=date(1990, 3, 7), sex=sex, village_code=village, id_number=number,
        facts={"hukou_area": town.COUNTY},
    )  # fmt: skip
    return registry.register_resident(actor=town.FUND_OFFICE, person=new)


@pytest.mark.parametrize("mother_in", [town.EAST, town.WEST, None])
def test_one_birth_is_registered_once(clock: FixedClock, mother_in: str | None) -> None:
    if mother_in is not None:
        a_parent(village=mother_in)
    birth = {"newborn": True, "birth_on": date(2024, 10, 20), "relation": "parent"}
    first, _ = town.applied(clock, "李小满", **birth)
    approve(first, clock)
    again, _ = town.applied(clock, "李小满", **birth)

    with pytest.raises(refusals.ChildKnown) as refused:
        approve(again, clock)
    assert "李小满" in refused.value.zh and refused.value.todo
    assert Resident.objects.filter(name="李小满").count() == 1
    twin, _ = town.applied(clock, "李小雪", **birth)
    assert approve(twin, clock).state == "approved"


BIRTH: dict[str, Any] = {"newborn": True, "birth_on": date(2024, 10, 20), "relation": "parent"}


def test_the_mother_of_a_newborn_is_a_woman(clock: FixedClock) -> None:
    parent = a_parent()
    applied, _ = town.applied(clock, "李小满", **BIRTH)
    Resident.objects.filter(pk=parent.pk).update(sex="male")
    with pytest.raises(refusals.MotherNotFemale):
        approve(applied, clock)
    assert not Resident.objects.filter(name="李小满").exists()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"number": "370481199003070018"}, "mother_is_man"),
        ({"number": "370481199003070027"}, "bad_mother_number"),
        ({"number": "37048119900307002"}, "bad_mother_number"),
        ({"number": id_number(date(2016, 3, 7), 2)}, "mother_is_child"),
        ({"birth_on": date(2023, 10, 20)}, "not_newborn"),
        ({"relation": "self"}, "not_for_newborns"),
        ({"kind": ApplicationKind.RESTART}, "not_for_newborns"),
        ({"facts": {"hukou_area": town.COUNTY, "student": "pupil"}}, "not_for_newborns"),
        ({"village_code": town.EAST[:9] + "999"}, "no_such_village"),
    ],
)
def test_what_no_newborn_can_be_is_refused_at_once(clock: FixedClock, wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        town.applied(clock, "李小满", **BIRTH | wrong)
    assert refused.value.code == code and not Application.objects.exists()


def test_a_returned_application_can_be_completed_and_handed_in_again(clock: FixedClock) -> None:
    applied, _ = town.applied(clock)
    row = actions.return_application(actor=town.EAST_CLERK, application_id=applied, reason="缺户口簿", clock=clock)
    assert (row.state, row.reason) == ("returned", "缺户口簿")

    actions.add_evidence(actor=WHO, number=row.number, content=b"\xff\xd8\xff photo", name="户口簿.jpg", clock=clock)
    again = actions.submit_application(actor=WHO, number=row.number, clock=clock)
    assert (again.state, again.reason) == ("submitted", "")


def test_a_no_needs_a_reason_and_is_the_end(clock: FixedClock) -> None:
    applied, _ = town.applied(clock)
    with pytest.raises(refusals.ReviewReasonMissing):
        actions.refuse_application(actor=town.EAST_CLERK, application_id=applied, reason=" ", clock=clock)
    actions.refuse_application(actor=town.EAST_CLERK, application_id=applied, reason="已参加职工医保", clock=clock)

    with pytest.raises(refusals.ApplicationNotOpen):
        approve(applied, clock)
    assert not Resident.objects.filter(name="李新").exists()


def test_what_enrolment_refuses_leaves_the_application_waiting_and_the_register_as_it_was(clock: FixedClock) -> None:
    applied, _ = town.applied(clock)
    Application.objects.filter(pk=applied).update(facts={"hukou_area": "320100"})

    with pytest.raises(Refusal) as refused:
        approve(applied, clock)
    assert refused.value.code.startswith("not_eligible.")
    assert Application.objects.get(pk=applied).state == "submitted"
    assert not Resident.objects.filter(name="李新").exists()


def test_the_policy_is_asked_before_anything_is_kept(clock: FixedClock) -> None:
    for facts, code in (
        ({"hukou_area": "320100"}, "not_eligible.outside_scope"),
        ({"hukou_area": town.COUNTY, "employee_insured": True}, "not_eligible.employee_insured"),
    ):
        with pytest.raises(Refusal) as refused:
            begin(clock, facts=facts)
        assert refused.value.code == code
    for further, kind in (
        ({"route": "wechat"}, refusals.WrongRoute),
        ({"village_code": town.TIERS_VILLAGE}, refusals.OtherPoolingArea),
        ({"id_number": "370481199003070024"}, refusals.BadFacts),
    ):
        with pytest.raises(kind):
            begin(clock, **further)
    assert not Application.objects.exists()


def test_one_application_waits_for_a_person_and_year(clock: FixedClock) -> None:
    town.applied(clock)
    second = begin(clock)
    with pytest.raises(refusals.AlreadyApplied):
        actions.submit_application(actor=WHO, number=second.number, clock=clock)


def test_both_numbers_open_an_application_and_guessing_is_stopped(clock: FixedClock) -> None:
    row = begin(clock)

    def look(id_number: str) -> Application:
        return actions.open_application(actor=WHO, number=row.number, id_number=id_number, clock=clock)

    assert look(NUMBER).pk == look(" 370481 19900307 0026").pk == row.pk
    for _ in range(5):
        with pytest.raises(refusals.NoSuchApplication):
            look("370481199003070034")
    with pytest.raises(refusals.TooManyAttempts):
        look(NUMBER)
    clock.move(timedelta(minutes=16))
    assert look(NUMBER).pk == row.pk


def test_one_address_and_one_person_begin_so_many_an_hour(clock: FixedClock) -> None:
    for each in range(20):
        begin(clock, client=f"phone {each}")
    with pytest.raises(refusals.TooManyAttempts):
        begin(clock, client="another phone")
    clock.move(timedelta(hours=1))
    begin(clock, client="hall")
    PublicAttempt.objects.bulk_create(PublicAttempt(what="begin", subject="hall", at=clock.now()) for _ in range(299))
    with pytest.raises(refusals.TooManyAttempts):
        begin(clock, client="hall")
    begin(clock, client="another phone")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"\xff\xd8\xff\xe0 JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n ...", "image/png"),
        (b"\x00\x00\x00\x18ftypheic ...", "image/heic"),
        (b"<html><script>", None),
        (b"MZ\x90\x00", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_content_says(content: bytes, kind: str | None) -> None:
    assert evidence.media_type(content) == kind


def test_files_are_limited_in_kind_size_and_number(clock: FixedClock) -> None:
    row = begin(clock)

    def add(content: bytes) -> Evidence:
        return actions.add_evidence(actor=WHO, number=row.number, content=content, name="../证 件.pdf", clock=clock)

    with pytest.raises(refusals.FileOfAnotherKind):
        add(b"<svg onload=alert(1)>")
    with pytest.raises(refusals.FileTooBig):
        add(b"%PDF-" + b"0" * evidence.BYTES_MAX)
    first = add(b"%PDF- 0")
    assert (first.name, add(b"%PDF- 0").pk) == ("证 件.pdf", first.pk)
    for number in range(1, evidence.FILES_MAX):
        add(f"%PDF- {number}".encode())
    with pytest.raises(refusals.TooManyFiles):
        add(b"%PDF- one more")


def test_a_file_and_the_numbers_lie_sealed_and_only_a_reviewer_reads_them(clock: FixedClock, own_folder: Path) -> None:
    applied, file = town.applied(clock)
    stored = [path for path in (own_folder / "evidence").rglob("*") if path.is_file()]
    assert len(stored) == 1 and b"PDF" not in stored[0].read_bytes() and ".pdf" not in stored[0].name
    with connection.cursor() as cursor:
        cursor.execute("SELECT enrolment_application::text FROM enrolment_application")
        assert NUMBER not in cursor.fetchone()[0]

    _, content = actions.read_evidence(actor=town.EAST_CLERK, evidence_id=file, clock=clock)
    assert content.startswith(b"%PDF")
    log = Access.objects.get()
    assert (log.actor_id, log.screen, log.what) == (town.EAST_CLERK.actor_id, "application", "evidence")
    for actor in (town.OTHER_CLERK, replace(town.EAST_CLERK, prefixes=())):
        with pytest.raises(refusals.ApplicationNotFound):
            actions.read_evidence(actor=actor, evidence_id=file, clock=clock)
        assert list(queries.applications_waiting(actor)) == []
    assert [row.pk for row in queries.applications_waiting(town.EAST_CLERK)] == [applied]


def test_a_draft_is_nobodys_business_but_the_applicants(clock: FixedClock) -> None:
    row = begin(clock)
    with pytest.raises(refusals.ApplicationNotFound):
        queries.application(town.EAST_CLERK, row.pk)
    actions.withdraw_application(actor=WHO, number=row.number, clock=clock)
    with pytest.raises(refusals.ApplicationNotOpen):
        actions.submit_application(actor=WHO, number=row.number, clock=clock)


def test_the_past_of_an_application_cannot_be_rewritten(clock: FixedClock) -> None:
    begin(clock)
    for table in (ApplicationEvent.objects, Evidence.objects):
        with pytest.raises(DatabaseError), transaction.atomic():
            table.all().delete()


def test_who_is_enrolled_in_another_pooling_area_is_not_enrolled_again(clock: FixedClock) -> None:
    """Weifang knows the same number: the same person, who would have cover twice."""
    applied, _ = town.applied(clock)
    approve(applied, clock)
    there = town.asked(
        "李新", policy_id=town.TIERS_POLICY, route="wechat", village_code=town.TIERS_VILLAGE,
        facts={"hukou_area": "370702", "tier": "low"},
    )  # fmt: skip
    row = actions.begin_application(actor=WHO, asked=there, client="x", clock=clock)
    actions.submit_application(actor=WHO, number=row.number, clock=clock)

    with pytest.raises(refusals.EnrolledElsewhere) as refused:
        actions.approve_application(actor=town.TIERS_CLERK, application_id=row.pk, clock=clock)
    assert "枣庄市" in refused.value.zh
    assert not Resident.objects.filter(pooling_area=town.TIERS_FUND).exists()

    first = Application.objects.get(pk=applied)
    actions.stop(
        actor=town.EAST_CLERK, resident_id=first.resident_id or 0, benefit_year=2025, stopped_on=clock.today(),
        reason="迁往潍坊", clock=clock,
    )  # fmt: skip
    assert actions.approve_application(actor=town.TIERS_CLERK, application_id=row.pk, clock=clock).state == "approved"


def test_an_unknown_person_stays_unknown_to_another_area(clock: FixedClock) -> None:
    with pytest.raises(ResidentNotFound):
        actions.enrol(
            actor=town.OTHER_CLERK, resident_id=town.resident("张三", date(1980, 1, 1)).pk, benefit_year=2025,
            policy_id=town.POLICY, tier=None, registered_on=date(2024, 11, 1), clock=FixedClock(shanghai(2024, 11, 1)),
        )  # fmt: skip
