"""Bills, their lines by payer, the people who got none and why, and the runs that issue a whole place.

Migration 0002 makes a bill immutable but for its declared moves, and its lines part of the transaction that issued it.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from canbao.registry.models import Resident


class BillKind(models.TextChoices):
    CONTRIBUTION = "contribution", _("个人缴费")


class BillState(models.TextChoices):
    ISSUED = "issued", _("待缴")
    SETTLED = "settled", _("已结清")
    VOID = "void", _("已作废")
    REFUNDED = "refunded", _("已退费")


MOVES: dict[str, frozenset[str]] = {
    BillState.ISSUED: frozenset({BillState.SETTLED, BillState.VOID}),
    BillState.SETTLED: frozenset({BillState.REFUNDED}),
    BillState.VOID: frozenset(),
    BillState.REFUNDED: frozenset(),
}
LIVE = (BillState.ISSUED, BillState.SETTLED)


class Bill(models.Model):
    """What one resident owes for one benefit year, as the policy of that digest says of facts of that digest.

    `facts` is the person of contract.md without name and number. `quoted_on` is the day the figures were worked out
    for when the window was over at issue; null means inside the window. `settled_entry_id` is the ledger entry that
    settled it, null where no money moves at all (a free newborn). A refunded bill keeps it beside the entry that gave
    the money back, and gives no cover.
    """

    pooling_area = models.CharField(max_length=6)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    enrolment_id = models.BigIntegerField()
    benefit_year = models.SmallIntegerField()
    kind = models.CharField(max_length=20, choices=BillKind.choices, default=BillKind.CONTRIBUTION)
    village_code = models.CharField(max_length=12)
    policy_id = models.CharField(max_length=20)
    policy_digest = models.CharField(max_length=64)
    facts = models.JSONField()
    facts_digest = models.CharField(max_length=64)
    quoted_on = models.DateField(null=True)
    class_code = models.CharField(max_length=40)
    standard_fen = models.BigIntegerField()
    personal_fen = models.BigIntegerField()
    repair_fen = models.BigIntegerField()
    award = models.CharField(max_length=40, null=True)
    universal_subsidy_fen = models.BigIntegerField(null=True)
    provisional = models.BooleanField()
    state = models.CharField(max_length=8, choices=BillState.choices)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=120)
    run_id = models.BigIntegerField(null=True)
    replaces_id = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_entry_id = models.BigIntegerField(null=True)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=200, null=True)
    refunded_at = models.DateTimeField(null=True)
    refund_entry_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="billing_bill_key"),
            UniqueConstraint(
                fields=("pooling_area", "resident", "benefit_year", "kind"),
                condition=Q(state__in=("issued", "settled")),
                name="billing_bill_one_live",
            ),
            CheckConstraint(name="billing_bill_state", condition=Q(state__in=BillState.values)),
            CheckConstraint(name="billing_bill_kind", condition=Q(kind__in=BillKind.values)),
            CheckConstraint(
                name="billing_bill_amounts",
                condition=Q(personal_fen__gte=0, personal_fen__lte=F("standard_fen"), repair_fen__gte=0),
            ),
            # Exactly the settled bills that move money have the entry that settled them.
            CheckConstraint(
                name="billing_bill_settled_by_entry",
                condition=Q(state="settled", standard_fen=0, repair_fen=0)
                | Q(state="settled", settled_entry_id__isnull=False)
                | Q(state="refunded", settled_entry_id__isnull=False)
                | Q(state__in=("issued", "void"), settled_entry_id__isnull=True),
            ),
            CheckConstraint(
                name="billing_bill_state_has_time",
                condition=Q(state="issued", settled_at__isnull=True, voided_at__isnull=True)
                | Q(state="settled", settled_at__isnull=False, voided_at__isnull=True)
                | Q(state="void", voided_at__isnull=False, settled_at__isnull=True, void_reason__isnull=False)
                | Q(state="refunded", settled_at__isnull=False, voided_at__isnull=True),
            ),
            CheckConstraint(
                name="billing_bill_refunded_by_entry",
                condition=Q(state="refunded", refunded_at__isnull=False, refund_entry_id__isnull=False)
                | Q(~Q(state="refunded"), refunded_at__isnull=True, refund_entry_id__isnull=True),
            ),
        )
        indexes = (
            models.Index(
                "pooling_area",
                "benefit_year",
                OpClass("village_code", "text_pattern_ops"),
                "resident",
                name="billing_bill_by_village",
            ),
        )

    @property
    def payable_fen(self) -> int:
        """What the resident hands over: his part of the standard and the repaired years."""
        return self.personal_fen + self.repair_fen


class LineItem(models.TextChoices):
    CONTRIBUTION = "contribution", _("个人缴费标准")
    REPAIR = "repair", _("补缴修复")


RESIDENT_PAYS = "resident"


class BillLine(models.Model):
    """What one payer owes of a bill: `payer` is `resident` or a payer of contract.md without `_fen`."""

    pk = models.CompositePrimaryKey("pooling_area", "bill_id", "item", "payer")
    pooling_area = models.CharField(max_length=6)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="lines", db_index=False)
    item = models.CharField(max_length=20, choices=LineItem.choices)
    payer = models.CharField(max_length=40)
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = (
            CheckConstraint(name="billing_line_positive", condition=Q(amount_fen__gt=0)),
            CheckConstraint(name="billing_line_item", condition=Q(item__in=LineItem.values)),
        )


class BillRefusal(models.Model):
    """An enrolled resident without a bill, and why, until the cause is gone. One row a person and benefit year."""

    pooling_area = models.CharField(max_length=6)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    benefit_year = models.SmallIntegerField()
    village_code = models.CharField(max_length=12)
    policy_id = models.CharField(max_length=20)
    code = models.CharField(max_length=60)
    zh = models.TextField()
    en = models.TextField()
    run_id = models.BigIntegerField(null=True)
    refused_at = models.DateTimeField()

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "resident", "benefit_year"), name="billing_refusal_current"),
        )
        indexes = (
            models.Index(
                "pooling_area",
                "benefit_year",
                OpClass("village_code", "text_pattern_ops"),
                name="billing_refusal_place",
            ),
        )


class RunState(models.TextChoices):
    RUNNING = "running", _("进行中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("已中断")


class BillRun(models.Model):
    """One bulk issue for a policy and a place. The cursor says up to whom it is done, so a killed run goes on.

    `actor_*` are whose scope the run has. Counts are people (`lapsed`: lost an open bill and got
    none); `payable_fen` is what residents owe on the new bills. `fault` is the code of the refusal that
    stopped it, with its sentences: never the text of an error, which may quote somebody's data.
    """

    pooling_area = models.CharField(max_length=6)
    policy_id = models.CharField(max_length=20)
    benefit_year = models.SmallIntegerField()
    area_code = models.CharField(max_length=12)
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.RUNNING)
    total = models.IntegerField()
    done = models.IntegerField(default=0)
    issued = models.IntegerField(default=0)
    reissued = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    settled = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    lapsed = models.IntegerField(default=0)
    payable_fen = models.BigIntegerField(default=0)
    cursor_village = models.CharField(max_length=12, default="")
    batches = models.IntegerField(default=0)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    actor_prefixes = ArrayField(models.CharField(max_length=12))
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=60, default="")
    fault_zh = models.CharField(max_length=300, default="")
    fault_en = models.CharField(max_length=300, default="")

    class Meta:
        constraints = (
            UniqueConstraint(
                fields=("policy_id", "area_code"), condition=Q(state="running"), name="billing_run_one_running"
            ),
            CheckConstraint(name="billing_run_state", condition=Q(state__in=RunState.values)),
        )
        indexes = (models.Index(fields=("policy_id", "-started_at"), name="billing_run_by_policy"),)
