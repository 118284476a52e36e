"""Who may pay for whom: proposed by the member, agreed to by the holder, ended by either; each with its evidence."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import DatabaseError, IntegrityError, transaction

from canbao.enrolment import actions as enrolment
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.personal import normal_number
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope, program
from canbao.kernel.vault import ring
from canbao.ledger import actions as ledger
from canbao.mutual_aid import queries, refusals
from canbao.mutual_aid.actions.holding import in_turn, let_go
from canbao.mutual_aid.actions.messages import tell_holder
from canbao.mutual_aid.groups import aid_of, days_of
from canbao.mutual_aid.models import Hold, HoldState, PersonalAccount, Relative, RelativeState
from canbao.policy import policies
from canbao.registry import queries as registry
from canbao.registry.models import Resident
from canbao.registry.proof import holds_whole_number

WORDS_MAX = 200
CODE_DIGITS = 6
BY_CLIENT, BY_NUMBER, BY_CODE, WITHIN = 60, 10, 5, timedelta(minutes=15)
CODE_LASTS = timedelta(minutes=30)
AGREED_ONLINE = "组建人在网上凭手机短信同意码同意"
_TELLING = ("nobody_found", "no_holder")
_HOLDERS = "mutual_aid_holder_is_no_relative"


def visitor() -> Scope:
    """Whoever stands before the public page of mutual aid."""
    return program("居民网上共济", Capability.KEEP_MUTUAL_AID)


def find_person(*, actor: Scope, policy_id: str, name: str, id_number: str, client: str, clock: Clock) -> Resident:
    """The living person of the policy's pooling area with this name and number; counted against guessing.

    Refuses `nobody_found`, `too_many_attempts`, `no_mutual_aid`.
    """
    actor.require(Capability.KEEP_MUTUAL_AID)
    number = normal_number(id_number)
    _count("aid", client, number, clock)
    policy = policies.get(policy_id)
    aid_of(policy)
    return _person(actor, policy.pooling_area, name, number)


def _count(what: str, client: str, number: str, clock: Clock) -> None:
    enrolment.count_public_attempt(what, client, BY_CLIENT, WITHIN, clock)
    enrolment.count_public_attempt(what, ring().index(number, "payments.asked").hex(), BY_NUMBER, WITHIN, clock)


def _person(actor: Scope, pooling_area: str, name: str, number: str) -> Resident:
    for card in registry.with_number(actor, number) if number else ():
        if card.pooling_area == pooling_area and card.died_on is None and registry.same_name(card.name, name):
            return registry.resident(actor, card.resident_id)
    raise refusals.nobody_found()


def propose(
    *, actor: Scope, policy_id: str, member_id: int, holder_name: str, holder_number: str, relation: str,
    kinship_evidence: str, member_evidence: str, client: str, clock: Clock,
) -> Relative:  # fmt: skip
    """The member asks a relative to pay for him; the relative's phone gets the code by which he agrees.

    `relation` is the notice's own word (Chinese) of what the member is to the holder. Counted against guessing, by
    `client` and by the holder's number. Refuses `resident_not_found`, `no_such_holder`, `relation_unknown`,
    `holder_himself`, `known_relative`, `words_missing`, `number_in_evidence`, `too_many_attempts`.
    """
    actor.require(Capability.KEEP_MUTUAL_AID)
    _count("aid ask", client, normal_number(holder_number), clock)
    try:
        row = _begin(
            actor, policy_id, member_id, holder_name, holder_number, relation, kinship_evidence, member_evidence, clock
        )
    except Refusal as refusal:
        # Whoever asks without a login learns nothing of a stranger: not whether he exists, nor how he is insured.
        raise (refusals.no_such_holder() if refusal.code in _TELLING else refusal) from None
    if row.account.holder.phone is None:
        raise refusals.no_such_holder()
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    with transaction.atomic():
        _save(row)
        # The digest is of the row too, so that it is worth nothing for another.
        row.code_digest = _digest(row, code)
        row.save(update_fields=("code_digest",))
        tell_holder(row, code, clock)
    return row


def record_both(
    *, actor: Scope, policy_id: str, member_id: int, holder_name: str, holder_number: str, relation: str,
    kinship_evidence: str, member_evidence: str, holder_evidence: str, limit_fen: int | None, clock: Clock,
) -> Relative:  # fmt: skip
    """Both came to the counter and agreed there: in force at once.

    Refuses `nobody_found`, `no_holder`, and as `propose` does whatever is not about guessing.
    """
    row = _begin(
        actor, policy_id, member_id, holder_name, holder_number, relation, kinship_evidence, member_evidence, clock
    )
    row.holder_evidence = _said(holder_evidence, ("组建人同意的依据", "What shows that the holder agreed"))
    row.state, row.holder_agreed_at, row.limit_fen = RelativeState.AGREED, clock.now(), limit_fen
    with transaction.atomic():
        _save(row)
    return row


def agree_by_code(*, actor: Scope, relative_id: int, code: str, limit_fen: int | None, clock: Clock) -> Relative:
    """The holder agrees with the code of his message, up to a limit if he gives one.

    Refuses `relative_not_found`, `wrong_step`, `wrong_code`, `code_expired`, `too_many_attempts`.
    """
    actor.require(Capability.KEEP_MUTUAL_AID)
    row = queries.relative(actor, relative_id)
    # By account: a new proposal brings a new code, but no new tries.
    enrolment.count_public_attempt("aid code", f"account {row.account_id}", BY_CODE, WITHIN, clock)
    if row.state == RelativeState.PROPOSED and clock.now() > row.member_agreed_at + CODE_LASTS:
        raise refusals.code_expired(CODE_LASTS)
    if not secrets.compare_digest(_digest(row, code.strip()), row.code_digest):
        raise refusals.wrong_code()
    return _agree(row, AGREED_ONLINE, limit_fen, clock)


def agree_at_counter(*, actor: Scope, relative_id: int, evidence: str, limit_fen: int | None, clock: Clock) -> Relative:
    """The holder agrees before a clerk, who says what showed it. Refuses `wrong_step`, `words_missing`."""
    actor.require(Capability.KEEP_MUTUAL_AID)
    said = _said(evidence, ("组建人同意的依据", "What shows that the holder agreed"))
    return _agree(queries.relative(actor, relative_id), said, limit_fen, clock)


def refuse(*, actor: Scope, relative_id: int, because: str, clock: Clock) -> Relative:
    """The holder says no. Refuses `wrong_step`, `words_missing`."""
    actor.require(Capability.KEEP_MUTUAL_AID)
    return _close(actor, relative_id, (RelativeState.PROPOSED,), RelativeState.REFUSED, because, clock)


def leave(*, actor: Scope, relative_id: int, because: str, clock: Clock) -> Relative:
    """One of the two ends it, and what is confirmed and not due yet is let go.

    Refuses `wrong_step`, `words_missing`, `too_late_to_revoke` while a deduction is under way.
    """
    actor.require(Capability.KEEP_MUTUAL_AID)
    live = (RelativeState.PROPOSED, RelativeState.AGREED)
    return _close(actor, relative_id, live, RelativeState.ENDED, because, clock)


def _begin(
    actor: Scope, policy_id: str, member_id: int, holder_name: str, holder_number: str, relation: str,
    kinship_evidence: str, member_evidence: str, clock: Clock,
) -> Relative:  # fmt: skip
    actor.require(Capability.KEEP_MUTUAL_AID)
    policy = policies.get(policy_id)
    if relation not in {each.name.zh for each in aid_of(policy).relations}:
        raise refusals.relation_unknown()
    kinship = _said(kinship_evidence, ("亲属关系的依据", "What shows the kinship"))
    said = _said(member_evidence, ("被共济人同意的依据", "What shows that the member agreed"))
    member = registry.resident(actor, member_id)
    # A holder may live outside the area of whoever records it: both belong to the pooling area.
    around = actor.deputed(Capability.KEEP_MUTUAL_AID, policy.pooling_area)
    holder = _person(around, policy.pooling_area, holder_name, normal_number(holder_number))
    if holder.pk == member.pk or member.employee_insured:
        raise refusals.holder_himself()
    if not holder.employee_insured:
        raise refusals.no_holder()
    account, _ = PersonalAccount.objects.get_or_create(pooling_area=policy.pooling_area, holder=holder)
    return Relative(
        pooling_area=policy.pooling_area, account=account, resident=member, policy_id=policy.id, relation=relation,
        kinship_evidence=kinship, member_agreed_at=clock.now(), member_evidence=said,
        recorded_by=ledger.actor_name(actor),
    )  # fmt: skip


def _save(row: Relative) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as fault:
        if "mutual_aid_relative_once" in str(fault):
            raise refusals.known_relative() from None
        raise _told(fault) from None


def _told(fault: DatabaseError) -> Exception:
    return refusals.holder_himself() if _HOLDERS in str(fault) else fault


def _agree(row: Relative, evidence: str, limit_fen: int | None, clock: Clock) -> Relative:
    with transaction.atomic():
        locked = Relative.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if locked.state != RelativeState.PROPOSED:
            raise refusals.wrong_step()
        locked.state, locked.holder_agreed_at, locked.holder_evidence = RelativeState.AGREED, clock.now(), evidence
        locked.limit_fen, locked.code_digest = limit_fen, ""
        locked.save(update_fields=("state", "holder_agreed_at", "holder_evidence", "limit_fen", "code_digest"))
    return locked


def _close(
    actor: Scope, relative_id: int, wanted: tuple[RelativeState, ...], to: RelativeState, because: str, clock: Clock
) -> Relative:
    said = _said(because, ("原因", "The reason"))
    row = queries.relative(actor, relative_id)
    with in_turn():
        locked = Relative.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if locked.state not in wanted:
            raise refusals.wrong_step()
        open_holds = Hold.objects.select_for_update(of=("self",)).filter(
            pooling_area=locked.pooling_area, relative=locked, state__in=(HoldState.CHOSEN, HoldState.HELD)
        )
        for hold in open_holds.order_by("pk"):
            days = days_of(policies.get(hold.policy_id), hold.group)
            if not days.may_confirm(clock.now()):
                raise refusals.too_late_to_revoke(days.confirm_before)
            let_go(hold, HoldState.RELEASED, "", ledger.actor_name(actor), clock)
        locked.state, locked.code_digest = to, ""
        locked.ended_at, locked.ended_by, locked.ended_because = clock.now(), ledger.actor_name(actor), said
        locked.save(update_fields=("state", "code_digest", "ended_at", "ended_by", "ended_because"))
    return locked


def _digest(row: Relative, code: str) -> str:
    return hashlib.sha256(f"{row.pk}|{code}".encode()).hexdigest()


def _said(text: str, what: tuple[str, str]) -> str:
    said = " ".join(text.split())[:WORDS_MAX]
    if not said:
        raise refusals.words_missing(*what)
    if holds_whole_number(said):
        raise refusals.number_in_evidence()
    return said
