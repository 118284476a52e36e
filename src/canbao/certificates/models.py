"""Which payment has a certificate, and the code by which its paper is recognised."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from canbao.payments.models import Payment
from canbao.registry.models import Resident

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a code can be read aloud and typed from paper."""
CODE_LENGTH = 20
"""A hundred random bits: nobody meets one by trying."""


class Certificate(models.Model):
    """One a payment: printed again, it is the same certificate. What it says is read from payment, bill and cover."""

    pooling_area = models.CharField(max_length=6)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    code = models.CharField(max_length=CODE_LENGTH)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=120)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="certificates_key"),
            UniqueConstraint(fields=("pooling_area", "payment"), name="certificates_one_a_payment"),
            UniqueConstraint(fields=("code",), name="certificates_code"),
            CheckConstraint(
                name="certificates_code_form", condition=Q(code__regex=f"^[{CODE_LETTERS}]{{{CODE_LENGTH}}}$")
            ),
        )
