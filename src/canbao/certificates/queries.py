"""The only readers of certificates: for the clerk by payment, for a stranger by code alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet

from canbao.areas import queries as areas
from canbao.billing.models import Bill
from canbao.certificates.models import CODE_LENGTH, CODE_LETTERS, Certificate
from canbao.entitlement import queries as entitlement
from canbao.entitlement.models import Cover
from canbao.kernel.binding import bound
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.scope import Scope, area_prefix, program
from canbao.ledger import queries as ledger
from canbao.payments import queries as payments
from canbao.payments.models import Payment
from canbao.payments.queries import collectors
from canbao.policy import Policy, policies
from canbao.registry.models import Resident

_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Paper:
    """What a certificate says. `last_covered` goes with `cover.cover_from`; `stands` is false after a refund."""

    certificate: Certificate
    resident: Resident
    payment: Payment
    bill: Bill
    cover: Cover | None
    village: str
    stands: bool

    @property
    def shown_name(self) -> str:
        """For a stranger: the first character alone."""
        return self.resident.name[:1] + "*" * max(len(self.resident.name) - 1, 1)

    @property
    def last_covered(self) -> date | None:
        return self.cover.last_day if self.cover else None


def working_days(payment: Payment) -> int:
    """How many working days after payment the notice gives certificates; 0 where it says nothing."""
    told = policies.get(payment.bill.policy_id).notice.certificate
    return told.after_working_days if told else 0


def available_on(payment: Payment) -> date:
    """The first day on which the payment is certified. CalendarMissing beyond the published holidays."""
    return areas.add_working_days(_day(payment.paid_at), working_days(payment))


def certifiable(scope: Scope, policy: Policy, area_code: str, today: date) -> QuerySet[Payment]:
    """Payments that stand and are old enough, of people who are looked after in the area, by village and name.

    CalendarMissing beyond the published holidays.
    """
    told = policy.notice.certificate
    first_too_new = today + _ONE_DAY
    while told and areas.add_working_days(first_too_new - _ONE_DAY, told.after_working_days) > today:
        first_too_new -= _ONE_DAY
    return (
        payments.visible(scope)
        .filter(bill__policy_id=policy.id, resident__village_code__startswith=area_prefix(area_code))
        .filter(paid_at__lt=datetime.combine(first_too_new, time.min, SHANGHAI))
        .exclude(entry_id__in=ledger.reversed_entries())
        .select_related("bill", "resident")
        .order_by("resident__village_code", "resident__name", "pk")
    )


def of_payments(found: Sequence[Payment]) -> list[Certificate]:
    """In the order of the payments; those without a certificate are left out."""
    ids = [payment.pk for payment in found]
    areas_of = {payment.pooling_area for payment in found}
    there = Certificate.objects.filter(pooling_area__in=areas_of, payment_id__in=ids)
    by_payment = {certificate.payment_id: certificate for certificate in there}
    return [by_payment[pk] for pk in ids if pk in by_payment]


def papers(scope: Scope, certificates: Sequence[Certificate]) -> list[Paper]:
    """What the certificates say, in their order, of people inside the scope."""
    wanted = [certificate.payment_id for certificate in certificates]
    found = payments.visible(scope).filter(pk__in=wanted).select_related("bill", "resident")
    paid = {payment.pk: payment for payment in found}
    covers = {
        cover.bill_id: cover
        for cover in entitlement.visible(scope).filter(bill_id__in=[payment.bill_id for payment in paid.values()])
    }
    gone = ledger.reversed_among([payment.entry_id for payment in paid.values()])
    villages = {code: areas.full_name(code) for code in {payment.resident.village_code for payment in paid.values()}}
    return [
        Paper(
            certificate=certificate,
            resident=payment.resident,
            payment=payment,
            bill=payment.bill,
            cover=covers.get(payment.bill_id),
            village=villages[payment.resident.village_code],
            stands=payment.entry_id not in gone,
        )
        for certificate in certificates
        if (payment := paid.get(certificate.payment_id)) is not None
    ]


def normal_code(typed: str) -> str:
    """A code as it is stored: letters that look alike are read as the one that codes have."""
    return "".join(typed.split()).replace("-", "").upper().translate(_MISREAD)


def verified(typed: str) -> Paper | None:
    """What the certificate with this code says; None for every other text, whatever is wrong with it."""
    code = normal_code(typed)
    if len(code) != CODE_LENGTH or not set(code) <= set(CODE_LETTERS):
        return None
    anyone = program("证明核验")
    with bound(anyone):
        certificate = Certificate.objects.filter(code=code).first()
        return next(iter(papers(anyone, [certificate])), None) if certificate else None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the code of a receipt says. `stands` is false after a refund."""

    payment: Payment
    shown_name: str
    stands: bool


def verified_receipt(typed: str) -> Receipt | None:
    """What the receipt with this code says; None for every other text."""
    code = normal_code(typed)
    if len(code) != CODE_LENGTH or not set(code) <= set(CODE_LETTERS):
        return None
    with bound(program("证明核验")):
        message = collectors.message_with_code(code)
        if message is None:
            return None
        payment = message.payment
        name = payment.resident.name
        gone = bool(ledger.reversed_among([payment.entry_id]))
        return Receipt(payment, name[:1] + "*" * max(len(name) - 1, 1), not gone)


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()
