"""What the actors of a notice do again and again in a browser: apply, look, review, take down, enrol, hand in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, QuerySet
from django.test import override_settings
from playwright.sync_api import Page, expect

from canbao.areas.models import Area
from canbao.billing.models import Bill
from canbao.enrolment.models import Enrolment, EnrolmentBatch
from canbao.faces.visit import clock
from canbao.intake.actions import working
from canbao.intake.models import Batch
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, SystemClock, shanghai
from canbao.kernel.personal import id_check_digit
from canbao.kernel.scope import program
from canbao.registry import actions as registry
from canbao.registry.models import Department, Resident
from canbao.staff.models import Grant
from tests.faces.site import PHONE, Site
from tests.registry.conftest import number_of as number_of

ADULT, CHILD = (date(1900, 1, 1), date(2004, 1, 1)), (date(2009, 1, 1), date(2021, 1, 1))
PHOTOGRAPH = {"name": "身份证.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n identity card"}


@contextmanager
def today(day: date) -> Iterator[None]:
    """The server lives on this day."""
    with override_settings(CLOCK_SHIFT_DAYS=(day - SystemClock().today()).days):
        yield


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The server lives at this moment and goes on from there."""
    with override_settings(CLOCK_SHIFT_DAYS=(moment - SystemClock().now()) / timedelta(days=1)):
        yield


def number(county: str, born: date, sequence: int) -> str:
    first_17 = f"{county}{born:%Y%m%d}{sequence:03}"
    return first_17 + id_check_digit(first_17)


def granted(login: str) -> str:
    """The area that the login was granted for first."""
    return Grant.objects.filter(login__username=login).order_by("pk").values_list("area_code", flat=True)[0]


def village_in(area_code: str) -> str:
    """A village of an area, by its code."""
    prefix = area_code.rstrip("0") if len(area_code) == 6 else area_code
    return (
        Area.objects.filter(code__startswith=prefix, level="village").order_by("code").values_list("code", flat=True)[0]
    )


def peopled(place: str, but: str, adults: int = 4) -> str:
    """Another village of the place in which some adults live."""
    rows = Resident.objects.filter(
        village_code__startswith=place, died_on=None, employee_insured=False, birth_on__range=ADULT,
        hukou_area__startswith=place[:4],
    ).exclude(village_code=but)  # fmt: skip
    counted = rows.values_list("village_code").annotate(people=Count("pk")).order_by("-people", "village_code")
    code, people = counted[0]
    assert people >= adults, f"{code} has only {people} adults"
    return str(code)


def living_in(place: str, born: tuple[date, date] = ADULT) -> QuerySet[Resident]:
    """People of a village or place whom nothing keeps from enrolling."""
    return Resident.objects.filter(
        village_code__startswith=place, died_on=None, employee_insured=False, insured_elsewhere=False,
        birth_on__range=born, number_index__isnull=False, hukou_area__startswith=place[:4],
    ).order_by("pk")  # fmt: skip


def people_of(village: str, count: int, born: tuple[date, date] = ADULT) -> list[Resident]:
    """Those of them who are not enrolled."""
    enrolled = Enrolment.objects.filter(state="live", benefit_year=2025).values("resident_id")
    found = list(living_in(village, born).exclude(pk__in=enrolled)[:count])
    assert len(found) == count, f"{village} has only {len(found)} free people born in {born}"
    return found


def enrolled_in(village: str) -> Resident:
    """Somebody who is enrolled, is not aided, has no bill and heads no household, so that he can move out."""
    plain = living_in(village).filter(categories=None)
    rows = Enrolment.objects.filter(state="live", benefit_year=2025, resident__in=plain)
    free_of_bills = rows.exclude(pk__in=Bill.objects.values("enrolment_id")).exclude(resident__kinship="head")
    return free_of_bills.order_by("pk")[0].resident


def free(village: str) -> None:
    """As if nobody of the village had come yet: what the demo enrolled there was of a list that was undone."""
    rows = Enrolment.objects.filter(resident__village_code=village, state="live")
    ids = list(rows.exclude(pk__in=Bill.objects.values("enrolment_id")).values_list("pk", flat=True))
    row = rows.first()
    if row is None or not ids:
        return
    former = EnrolmentBatch.objects.create(
        pooling_area=row.pooling_area, policy_id=row.policy_id, benefit_year=2025, area_code=village, people=len(ids),
        made_at=clock().now(), actor_name="某人", undone_at=clock().now(), undone_by="某人",
    )  # fmt: skip
    Enrolment.objects.filter(pk__in=ids).update(state="stopped", stopped_on=F("registered_on"), batch=former)


def certified(resident: Resident, category: str) -> None:
    registry.certify_category(
        clock=FixedClock(shanghai(2025, 1, 1)),
        actor=program("test", Capability.CERTIFY_CATEGORY), resident_id=resident.pk, code=category,
        certified_by=Department.CIVIL_AFFAIRS, from_on=date(2024, 1, 1),
    )  # fmt: skip


def person(name: str, place: str) -> Resident:
    return Resident.objects.get(name=name, village_code__startswith=place)


class Visitor:
    """A resident with a phone, who knows the confirmation number of what was handed in."""

    def __init__(self, site: Site, **options: Any) -> None:
        self.site = site
        self.page: Page = site.context(None, viewport=PHONE, **options).new_page()
        self.number = ""

    def fill(self, policy: str, village: str, *, name: str, id_number: str, born: date, sex: str = "male",
             **choices: str) -> None:  # fmt: skip
        """The public form of a village; `choices` are radios by name."""
        self.page.goto(f"{self.site.url}/apply/{policy}/{village}")
        fill_form(self.page, name=name, id_number=id_number, born=born, sex=sex, **choices)
        self.page.click("text=下一步：传材料")

    def apply(self, policy: str, village: str, **who: Any) -> None:
        """Fill in, upload a photograph, hand in."""
        self.fill(policy, village, **who)
        self.number = self.page.locator(".confirmation").inner_text()
        assert len(self.number) == 12 and self.fits()
        self.page.set_input_files("#files", [PHOTOGRAPH])
        self.page.click("button:has-text('上传')")
        self.page.locator(".files li").wait_for()
        self.hand_in()

    def hand_in(self) -> None:
        self.page.click("button:has-text('提交申请')")
        self.page.locator("h1", has_text="待审核").wait_for()

    def look(self, id_number: str) -> None:
        """From another phone, with the two numbers."""
        self.page.context.clear_cookies(name="sessionid")
        self.page.goto(f"{self.site.url}/applications")
        self.page.fill("#number", self.number)
        self.page.fill("#id_number", id_number)
        self.page.locator("main form button").click()
        self.page.locator(".confirmation").wait_for()

    def fits(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"])


def fill_form(
    page: Page, *, name: str, id_number: str, born: date, sex: str, permit_until: str = "", **choices: str
) -> None:
    page.fill("#name", name)
    if permit_until:
        page.fill("#permit_until", permit_until)
    for field, code in {"sex": sex, **choices}.items():
        box = page.locator(f"#{field}-{code}")
        if box.count() and not box.is_visible():
            page.locator("details.more > summary").first.click()
        box.check()
    boxes = {"id_number": id_number, "phone": "13800000000", "applicant_name": name}
    days = {"born_y": born.year, "born_m": born.month, "born_d": born.day}
    for box, value in {**boxes, **days}.items():
        page.fill(f"#{box}", str(value))


class Office:
    """Somebody of the staff at a desk, or with a phone, who signs in anew on another day."""

    def __init__(self, site: Site, login: str, **options: Any) -> None:
        self.site, self.login, self.options = site, login, options
        self.page = self._signed_in()

    def _signed_in(self) -> Page:
        self.day = clock().today()
        key = f"{self.login} {self.day}"
        # The site keeps one session for each login; a session of another day has ended by now.
        self.site.states.pop(self.login, None)
        if key in self.site.states:
            self.site.states[self.login] = self.site.states[key]
        context = self.site.context(self.login, **self.options)
        self.site.states[key] = self.site.states[self.login]
        return context.new_page()

    def goto(self, path: str) -> Page:
        if clock().today() != self.day:
            self.page = self._signed_in()
        self.page.goto(self.site.url + path)
        return self.page

    def review(self, name: str, what: str, reason: str = "") -> None:
        """Open the application that waits and press one of the three buttons."""
        self.goto("/console/applications")
        self.page.click(f"tbody a:has-text('{name}')")
        if reason:
            self.page.fill("#reason", reason)
        self.page.click(f"button:has-text('{what}')")

    def approve(self, name: str) -> None:
        self.review(name, "通过，参保登记")
        expect(self.page.locator(".note-good")).to_contain_text("已通过")

    def open_year(self, resident: Resident) -> Page:
        return self.goto(f"/console/people/{resident.pk}/2025")

    def take_down(self, policy: str, village: str, *, name: str, id_number: str, born: date, sex: str = "male",
                  seen: str = "", **choices: str) -> Page:  # fmt: skip
        """At the counter: the form of a village, the documents seen, handed in."""
        self.goto(f"/console/desk/{policy}?in={village}")
        fill_form(self.page, name=name, id_number=id_number, born=born, sex=sex, **choices)
        if seen:
            self.page.locator(f"input[name=seen][value='{seen}']").check()
        self.page.click("text=受理，交审核")
        return self.page

    def enrol(self, resident: Resident, route: str = "", seen: str = "", tier: str = "") -> Page:
        """On the page of a person and year."""
        self.open_year(resident)
        if tier:
            self.page.locator(f".verdict input[name=tier][value={tier}]").check()
        if route:
            self.page.select_option("select[name=route]", route)
        if seen:
            self.page.locator(f"input[name=seen][value='{seen}']").check()
        self.page.click(".page-actions button:has-text('参保登记')")
        return self.page

    def batch(self, policy: str, area: str, route: str) -> Page:
        """The preview of a list; nothing is written yet."""
        self.goto(f"/console/batches?policy={policy}&area={area}&route={route}")
        self.page.locator("#preview .bulk").wait_for()
        return self.page

    def enrol_batch(self, policy: str, area: str, route: str) -> int:
        """Confirm the list; how many were enrolled."""
        self.batch(policy, area, route)
        self.page.click("button:has-text('一次登记')")
        said = self.page.locator(".note-good").inner_text()
        found = re.search(r"已成批登记 (\d+) 人", said)
        assert found, said
        return int(found[1])

    def note_student(self, resident: Resident, code: str, school_area: str) -> None:
        """On the record of a person: studies at a place from the autumn on."""
        self.goto(f"/console/people/{resident.pk}/record")
        self.page.click("summary:has-text('登记一项')")
        for box, value in (("kind", "student"), ("code", code), ("source", "education")):
            self.page.select_option(f"select[name={box}]", value)
        self.page.fill("input[name=area_code]", school_area)
        self.page.fill("input[name=from_on]", "2024-09-01")
        self.page.click("form.form-grid button:has-text('登记')")
        self.page.locator(".note-good").wait_for()

    def hand_in_list(self, source: str, area: str, rows: list[list[str]]) -> Batch:
        """A list of the department: uploaded, its columns as recognised, previewed, handed to a second person."""
        self.goto(f"/console/imports/new?source={source}")
        self.page.select_option("#area", area)
        content = "\n".join(",".join(row) for row in rows).encode()
        self.page.set_input_files("#file", [{"name": f"{source}.csv", "mimeType": "text/csv", "buffer": content}])
        self.page.click("text=上传并核对列")
        self.page.click("text=预览每一行")
        made = Batch.objects.latest("pk")
        working.preview(batch_id=made.pk, clock=clock())
        self.goto(f"/console/imports/{made.pk}")
        self.page.click("text=提交复核")
        made.refresh_from_db()
        return made

    def extend(self, policy: str, area: str, closes: str, document: str, reason: str) -> None:
        """Ask that the window stays open longer in an area."""
        self.goto(f"/console/extensions?policy={policy}&area={area}")
        for box, value in (("#closes", closes), ("#document", document), ("#reason", reason)):
            self.page.fill(box, value)
        self.page.click("text=提交审批")
        expect(self.page.locator(".note-good")).to_contain_text("等另一位")

    def agree(self, words: str) -> None:
        """Say yes to what somebody else asked, found by words of it."""
        self.goto("/console/approvals")
        self.page.click(f"main a:has-text('{words}')")
        self.page.click("button:has-text('同意')")

    def let_in(self, batch: Batch) -> None:
        """The second person's yes, and what the worker then writes."""
        self.goto(f"/console/imports/{batch.pk}")
        self.page.click("text=同意，写入")
        working.apply(batch_id=batch.pk, clock=clock())
        self.goto(f"/console/imports/{batch.pk}")
        self.page.locator("text=已写入").first.wait_for()
