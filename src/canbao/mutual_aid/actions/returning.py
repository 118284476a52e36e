"""A refund of what an account paid goes back to that account, in the transaction that decides it."""

from __future__ import annotations

from django.db.models import F

from canbao.kernel.clock import SHANGHAI, Clock
from canbao.kernel.scope import Scope
from canbao.mutual_aid.models import Hold, HoldState, PersonalAccount
from canbao.payments.models import Refund


def give_back(actor: Scope, refund: Refund, clock: Clock) -> None:
    """The hold is returned, and its sum free again; where a newer balance is known, that balance says so already or
    the next one will.
    """
    hold = Hold.objects.select_for_update(of=("self",)).get(capture=refund.capture, state=HoldState.CAPTURED)
    account = PersonalAccount.objects.select_for_update().get(pk=hold.account_id)
    hold.state = HoldState.RETURNED
    hold.save(update_fields=("state",))
    if hold.resolved_at is not None and _after(account, hold):
        PersonalAccount.objects.filter(pk=account.pk).update(taken_fen=F("taken_fen") - hold.amount_fen)


def _after(account: PersonalAccount, hold: Hold) -> bool:
    """Whether the known balance is of a day before the deduction."""
    assert hold.resolved_at is not None
    return account.as_of is None or hold.resolved_at.astimezone(SHANGHAI).date() > account.as_of
