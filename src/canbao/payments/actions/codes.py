"""The list of QR codes that the tax office of a county has made known: one officer proposes, another approves."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from canbao.areas import queries as areas
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.payments import refused_collecting
from canbao.payments.models import ListedCode
from canbao.payments.queries import collectors
from canbao.staff.actions import ask_approval
from canbao.staff.approvals import Kind
from canbao.staff.models import Approval

CONTENT_MAX, WORDS_MAX = 300, 80
COUNTY_DIGITS = 6
PAGE = "/console/codes"


def ask_code(*, actor: Scope, area_code: str, content: str, bank: str, posted_at: str, clock: Clock) -> Approval:
    """Propose a code for the county's list. Refuses `bad_code`, `code_there`, `already_asked`."""
    actor.require(Capability.KEEP_COLLECTION, area_code)
    content, bank, posted_at = content.strip(), " ".join(bank.split()), " ".join(posted_at.split())
    if len(area_code) != COUNTY_DIGITS or areas.area(area_code) is None:
        raise refused_collecting.bad_code("名单按县登记，没有选县", "The list is a county's; no county was chosen")
    if not content or len(content) > CONTENT_MAX or any(character.isspace() for character in content):
        raise refused_collecting.bad_code(
            "收款码的内容要照扫出的文字填写，中间没有空格，最多300字",
            "What the code says is one word of 300 characters at most, as it reads when it is scanned",
        )
    if not bank or not posted_at or max(len(bank), len(posted_at)) > WORDS_MAX:
        raise refused_collecting.bad_code(
            "收款银行和张贴地点都要写，各80字以内", "Bank and place are both needed, 80 characters each at most"
        )
    if collectors.code_saying(content, clock.today()) is not None:
        raise refused_collecting.code_there()
    place = areas.full_name(area_code)
    return ask_approval(
        actor=actor, kind=KIND.code, area_code=area_code, key=content[:100],
        subject={"content": content, "bank": bank, "posted_at": posted_at},
        summary=(f"{place}收款码名单增加：{bank}，{posted_at}", f"List a QR code in {place}: {bank}, {posted_at}"),
        clock=clock, page=PAGE,
    )  # fmt: skip


def unlist_code(*, actor: Scope, code_id: int, clock: Clock) -> ListedCode:
    """Take a code off the list, at once: one person is enough for that. Refuses `code_not_found`."""
    actor.require(Capability.KEEP_COLLECTION)
    with transaction.atomic():
        rows = collectors.listed_codes(actor).select_for_update(of=("self",))
        row = rows.filter(pk=code_id, until_on=None).first()
        if row is None:
            raise refused_collecting.code_not_found()
        row.until_on = clock.today()
        row.save(update_fields=("until_on",))
    return row


def _carry_out(actor: Scope, approval: Approval, clock: Clock) -> None:
    fund = areas.pooling_area_of(approval.area_code)
    assert fund is not None
    said = approval.subject
    try:
        with transaction.atomic():
            ListedCode.objects.create(
                pooling_area=fund.code, area_code=approval.area_code, content=said["content"], bank=said["bank"],
                posted_at=said["posted_at"], from_on=clock.today(), listed_at=clock.now(),
                listed_by=approval.asked_by, approved_by=ledger.actor_name(actor), approval_id=approval.pk,
            )  # fmt: skip
    except IntegrityError as fault:
        if "payments_code_listed_once" in str(fault):
            raise refused_collecting.code_there() from None
        raise


KIND = Kind(
    "payments.code",
    _("收款码名单"),
    asks=Capability.KEEP_COLLECTION,
    carry_out=_carry_out,
    decides=Capability.KEEP_COLLECTION,
)
