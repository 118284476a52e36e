"""A family of Shanghai lets its account pay, in a browser: asked for by the member, agreed to by the holder with the
code on his phone, confirmed in time, deducted with a second person's yes, seen from the notice's day, certified.
"""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from canbao.billing import actions as billing
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import program
from canbao.mutual_aid import actions as aid
from canbao.mutual_aid.models import AidMessage, AidRun, Hold
from canbao.payments.models import Payment
from canbao.registry import actions as registry
from canbao.registry.models import Resident
from tests.faces.site import PHONE, Site
from tests.journeys.walk import ADULT, Office, at, granted, person, today

pytestmark = pytest.mark.browser
KEEPER = program("test", Capability.KEEP_REGISTER, Capability.ISSUE_BILLS, Capability.ENROL)
BEFORE, DEDUCTED, SHOWN, CERTIFIED = (
    date(2024, 11, 28), date(2024, 12, 2), date(2024, 12, 6), date(2024, 12, 20),
)  # fmt: skip


def typed(who: Resident) -> str:
    assert who.id_number is not None
    return who.id_number.unmasked


def holder_near(village: str) -> Resident:
    """Somebody of the city who becomes insured as an employee, with a phone."""
    free = Resident.objects.filter(
        village_code__startswith="31", died_on=None, birth_on__range=ADULT, number_index__isnull=False
    )
    found = free.exclude(village_code=village).order_by("pk")[0]
    Resident.objects.filter(pk=found.pk).update(employee_insured=True)
    registry.record_contact(actor=KEEPER, resident_id=found.pk, phone="13900000001", bank_card=None)
    return Resident.objects.get(pk=found.pk)


def enter(page: Page, site: Site, who: Resident) -> None:
    page.goto(f"{site.url}/aid")
    page.fill("#name", who.name)
    page.fill("#id_number", typed(who))
    page.click("main button.btn-primary")
    expect(page.locator("h1")).to_have_text(who.name)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_family_lets_its_account_pay(site: Site) -> None:
    village = granted("village.shanghai")
    member, pays = person("吴阿妹", "31"), holder_near(village)
    billing.issue_bill(
        actor=KEEPER, resident_id=member.pk, benefit_year=2025, clock=FixedClock(shanghai(2024, 11, 25, 9))
    )
    clerk = Office(site, "clerk.shanghai")
    with today(BEFORE):
        clerk.goto("/console/mutual-aid")
        file = f"证件号码,姓名,历年结余（元）,截至日期\n{typed(pays)},{pays.name},3000,2024-10-31\n"
        clerk.page.set_input_files("#file", [{"name": "b.csv", "mimeType": "text/csv", "buffer": file.encode()}])
        clerk.page.click("button:has-text('读入历年结余')")
        expect(clerk.page.locator(".note-good")).to_contain_text("已读入 1 个账户")
        phone = site.context(None, viewport=PHONE).new_page()
        enter(phone, site, member)
        phone.fill("#holder_name", pays.name)
        phone.fill("#holder_number", typed(pays))
        phone.select_option("#relation", "父母")
        phone.fill("#kinship", "户口簿")
        phone.click("text=发同意码给对方")
        expect(phone.locator(".tag-wait")).to_contain_text("同意码")
        code = re.search(r"同意码(\d{6})", AidMessage.objects.latest("pk").text)
        assert code
        other = site.context(None, viewport=PHONE).new_page()
        enter(other, site, pays)
        other.fill("input[name=code]", "000000" if code[1] != "000000" else "111111")
        other.click("text=同意用我的历年结余付")
        expect(other.locator(".refusal")).to_contain_text("同意码不对")
        other.fill("input[name=code]", code[1])
        other.click("text=同意用我的历年结余付")
        expect(other.locator(".tag-good")).to_contain_text("您已同意")
        enter(phone, site, member)
        phone.click("text=确认由这位亲属共济缴费")
        expect(phone.locator("main")).to_contain_text("已确认共济缴费，不用再做什么")
        expect(phone.locator("main")).to_contain_text("2024年12月2日起扣款")
        phone.click("text=撤回，不用共济缴费")
        phone.click("text=确认由这位亲属共济缴费")
        expect(phone.locator("text=撤回，不用共济缴费")).to_be_visible()
    head = Office(site, "head.shanghai")
    with at(shanghai(2024, 12, 2, 10)):
        phone.goto(f"{site.url}/aid/{member.pk}")
        expect(phone.locator("text=撤回，不用共济缴费")).to_have_count(0)
        clerk.goto("/console/mutual-aid/groups/310000-2025/renewal")
        clerk.page.click("button:has-text('提交审批，开始扣款')")
        expect(clerk.page.locator(".note-good")).to_contain_text("等另一人审批")
        head.goto("/console/approvals")
        head.page.click("a:has-text('家庭共济扣款')")
        head.page.click("button:has-text('同意')")
        run = AidRun.objects.get()
        aid.continue_run(run_id=run.pk, clock=FixedClock(shanghai(2024, 12, 2, 11)))
        clerk.goto(f"/console/mutual-aid/runs/{run.pk}?list=captured")
        expect(clerk.page.locator("tbody")).to_contain_text(member.name)
        phone.goto(f"{site.url}/aid/{member.pk}")
        expect(phone.locator("main")).to_contain_text("2024年12月6日起在这里看结果")
    with today(SHOWN):
        phone.goto(f"{site.url}/aid/{member.pk}")
        expect(phone.locator(".note-good")).to_contain_text("共济缴费成功")
    payment = Payment.objects.get(resident=member)
    assert Hold.objects.get(state="captured").capture_id == payment.capture_id
    with today(CERTIFIED):
        clerk.open_year(member)
        expect(clerk.page.locator("main")).to_contain_text(payment.receipt_no)
        expect(clerk.page.locator("main")).to_contain_text("缴费证明")
