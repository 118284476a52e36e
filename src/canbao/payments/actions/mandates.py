"""Mandates to collect, and the limits that they set. One tax officer proposes, another approves."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from canbao.areas import queries as areas
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.fen import yuan_said
from canbao.kernel.scope import Scope, lies_in
from canbao.ledger import actions as ledger
from canbao.payments import collecting, refused_collecting
from canbao.payments.models import Mandate, Method
from canbao.payments.queries import collectors
from canbao.staff import queries as staff
from canbao.staff.actions import ask_approval
from canbao.staff.approvals import Kind
from canbao.staff.capabilities import CAPABILITIES
from canbao.staff.models import Approval, Login, Role

PAGE = "/console/mandates"


def ask_mandate(
    *, actor: Scope, login_id: int, area_code: str, contract_no: str, from_on: date, until_on: date,
    day_limit_fen: int, open_limit_fen: int, clock: Clock,
) -> Approval:  # fmt: skip
    """Propose that a login may collect in an area; another tax officer decides.

    Refuses `bad_mandate`, `mandate_there`, `already_asked`.
    """
    actor.require(Capability.KEEP_COLLECTION, area_code)
    login = staff.login_with_id(login_id)
    if login is None or not _is_agent(login, area_code, clock):
        raise refused_collecting.bad_mandate(
            "这个账号在这个地方不是镇街或村居的收款人员", "That login is no collector of a township or village there"
        )
    contract_no = " ".join(contract_no.split())[:60]
    if not contract_no:
        raise refused_collecting.bad_mandate("没有写委托协议的编号", "The number of the contract is missing")
    if until_on <= max(from_on, clock.today()):
        raise refused_collecting.bad_mandate("终止日要在起始日和今天之后", "The end lies before its beginning or today")
    if day_limit_fen <= 0 or open_limit_fen <= 0:
        raise refused_collecting.bad_mandate("两个限额都要大于零", "Both limits must be more than nothing")
    subject = {
        "login": login.pk, "name": login.display_name, "area": area_code, "contract": contract_no,
        "from": from_on.isoformat(), "until": until_on.isoformat(), "day": day_limit_fen, "open": open_limit_fen,
    }  # fmt: skip
    place = areas.full_name(area_code)
    limits = yuan_said(day_limit_fen), yuan_said(open_limit_fen)
    summary = (
        f"委托{login.display_name}在{place}代收，{from_on}起至{until_on}前，每日{limits[0]}元、手持现金{limits[1]}元为限"
        f"（{contract_no}）",
        f"Let {login.display_name} collect in {place} from {from_on} until {until_on}, {limits[0]} yuan a day and "
        f"{limits[1]} yuan of cash at most ({contract_no})",
    )
    return ask_approval(
        actor=actor, kind=KIND.code, area_code=area_code, key=f"{login.pk} {area_code}", subject=subject,
        summary=summary, clock=clock, page=PAGE,
    )  # fmt: skip


def end_mandate(*, actor: Scope, mandate_id: int, clock: Clock) -> Mandate:
    """He collects no more, from this moment. One person is enough for that. Refuses `mandate_not_found`."""
    actor.require(Capability.KEEP_COLLECTION)
    with transaction.atomic():
        row = collectors.mandates(actor).filter(pk=mandate_id, ended_at=None).select_for_update(of=("self",)).first()
        if row is None:
            raise refused_collecting.mandate_not_found()
        row.ended_at = clock.now()
        row.save(update_fields=("ended_at",))
    return row


def give_mandate(
    *, actor: Scope, login: Login, area_code: str, contract_no: str, from_on: date, until_on: date,
    day_limit_fen: int, open_limit_fen: int, clock: Clock, approval: Approval | None = None,
) -> Mandate:  # fmt: skip
    """Write it down. Refuses `mandate_there`."""
    actor.require(Capability.KEEP_COLLECTION, area_code)
    fund = areas.pooling_area_of(area_code)
    assert fund is not None
    try:
        with transaction.atomic():
            return Mandate.objects.create(
                pooling_area=fund.code, login_id=login.pk, collector=login.display_name, area_code=area_code,
                contract_no=contract_no, from_on=from_on, until_on=until_on, day_limit_fen=day_limit_fen,
                open_limit_fen=open_limit_fen, given_at=clock.now(), given_by=ledger.actor_name(actor),
                approval_id=approval.pk if approval else None,
            )  # fmt: skip
    except IntegrityError as fault:
        if "payments_mandate_one_an_area" in str(fault):
            raise refused_collecting.mandate_there() from None
        raise


def require_mandate(
    *, actor: Scope, pooling_area: str, village_code: str, amount_fen: int, method: str, clock: Clock
) -> None:
    """Refuse money that an agent's mandate does not let him take: `no_mandate`, `day_limit`, `open_limit`.

    The mandate's row stays locked until the money is in the books, so that two payments at once keep the limits too.
    """
    if not collecting.needs_mandate(actor):
        return
    collector_id = actor.actor_id or 0
    own = collectors.mandates_of(collector_id, pooling_area, clock.today()).select_for_update(of=("self",))
    fitting = [mandate for mandate in own.order_by("pk") if lies_in(village_code, mandate.area_code)]
    if not fitting:
        raise refused_collecting.no_mandate()
    held = collectors.held_by(pooling_area, collector_id, clock)
    day_limit = max(mandate.day_limit_fen for mandate in fitting)
    if held.taken_today_fen + amount_fen > day_limit:
        raise refused_collecting.day_limit(held.taken_today_fen, day_limit)
    open_limit = max(mandate.open_limit_fen for mandate in fitting)
    if method == Method.CASH and held.open_fen + amount_fen > open_limit:
        raise refused_collecting.open_limit(held.open_fen, open_limit)


def _is_agent(login: Login, area_code: str, clock: Clock) -> bool:
    return any(
        Capability.TAKE_PAYMENT in CAPABILITIES[Role(grant.role)]
        and grant.role in collecting.AGENTS
        and lies_in(area_code, grant.area_code)
        for grant in staff.grants_of(login, clock.today())
    )


def _carry_out(actor: Scope, approval: Approval, clock: Clock) -> None:
    said = approval.subject
    login = staff.login_with_id(said["login"])
    if login is None:
        raise refused_collecting.bad_mandate("这个账号已停用", "That login is switched off")
    give_mandate(
        actor=actor, login=login, area_code=said["area"], contract_no=said["contract"],
        from_on=date.fromisoformat(said["from"]), until_on=date.fromisoformat(said["until"]),
        day_limit_fen=said["day"], open_limit_fen=said["open"], clock=clock, approval=approval,
    )  # fmt: skip


KIND = Kind(
    "payments.mandate",
    _("登记代收委托"),
    asks=Capability.KEEP_COLLECTION,
    carry_out=_carry_out,
    decides=Capability.KEEP_COLLECTION,
)
