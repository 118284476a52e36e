"""The only writer of certificates."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.db import transaction

from canbao.certificates import queries, refusals
from canbao.certificates.models import CODE_LENGTH, CODE_LETTERS, Certificate
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import queries as entries
from canbao.payments import queries as payments
from canbao.payments.models import Payment
from canbao.policy import policies

BATCH_MAX = 1_000


def certify(*, actor: Scope, receipt_no: str, clock: Clock) -> Certificate:
    """The certificate of a payment; asked again, the same one.

    Refuses `payment_not_found`, `given_back`, `not_yet`.
    """
    actor.require(Capability.ISSUE_CERTIFICATES)
    payment = payments.payment_by_receipt(actor, receipt_no)
    if entries.reversed_among([payment.entry_id]):
        raise refusals.given_back(payment.receipt_no)
    available_on = queries.available_on(payment)
    if clock.today() < available_on:
        raise refusals.not_yet(available_on, queries.working_days(payment))
    return _issue(actor, [payment], clock)[0]


def certify_place(*, actor: Scope, policy_id: str, area_code: str, clock: Clock) -> list[Certificate]:
    """The certificates of every payment of the policy that can be certified in the area, by village and name.

    Refuses `nothing_paid`, `too_many_certificates`.
    """
    actor.require(Capability.ISSUE_CERTIFICATES, area_code)
    found = queries.certifiable(actor, policies.get(policy_id), area_code, clock.today())
    count = found.count()
    if not count:
        raise refusals.nothing_paid()
    if count > BATCH_MAX:
        raise refusals.too_many(count, BATCH_MAX)
    return _issue(actor, list(found), clock)


def _issue(actor: Scope, found: Sequence[Payment], clock: Clock) -> list[Certificate]:
    now, name = clock.now(), ledger.actor_name(actor)
    with transaction.atomic():
        # Whoever was first keeps his code: the paper that is already out stays true.
        Certificate.objects.bulk_create(
            [
                Certificate(
                    pooling_area=payment.pooling_area, payment_id=payment.pk, resident_id=payment.resident_id,
                    code=_new_code(), issued_at=now, issued_by=name,
                )
                for payment in found
            ],
            ignore_conflicts=True,
        )  # fmt: skip
        return queries.of_payments(found)


def _new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
