"""Personal accounts, the relatives whom they pay for, the holds on them, and the runs that deduct.

Migration 0002 holds what two rows must be to each other: a holder is nobody's relative here, and a hold moves only as
HOLD_MOVES says.
"""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from canbao.payments.models import Capture, MessageState, PhoneMessage
from canbao.registry.models import Resident


class PersonalAccount(models.Model):
    """What is known of the past-year balance of one person's account in the employee scheme.

    `past_year_fen` is what the bureau said of the end of the day `as_of` (null before it said anything). `held_fen` is
    reserved, `taken_fen` was deducted after that day and has not gone back. The database lets the three never come to
    less than nothing.
    """

    pooling_area = models.CharField(max_length=6)
    holder = models.ForeignKey(
        Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    past_year_fen = models.BigIntegerField(default=0)
    as_of = models.DateField(null=True)
    held_fen = models.BigIntegerField(default=0)
    taken_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="mutual_aid_account_key"),
            UniqueConstraint(fields=("pooling_area", "holder"), name="mutual_aid_account_of_one"),
            CheckConstraint(
                name="mutual_aid_account_covers",
                condition=Q(held_fen__gte=0, taken_fen__gte=0, past_year_fen__gte=F("held_fen") + F("taken_fen")),
            ),
        )

    @property
    def available_fen(self) -> int:
        return self.past_year_fen - self.held_fen - self.taken_fen


class BalanceList(models.Model):
    """A file of balances, taken in once by its digest (sha256)."""

    pooling_area = models.CharField(max_length=6)
    digest = models.CharField(max_length=64)
    as_of = models.DateField()
    accounts = models.IntegerField()
    total_fen = models.BigIntegerField()
    let_go = models.IntegerField(default=0)
    taken_at = models.DateTimeField()
    taken_by = models.CharField(max_length=120)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="mutual_aid_list_key"),
            UniqueConstraint(fields=("pooling_area", "digest"), name="mutual_aid_list_once"),
        )
        indexes = (models.Index(fields=("pooling_area", "-taken_at"), name="mutual_aid_lists"),)


class Balance(models.Model):
    """What one list said of one account; never changes."""

    pooling_area = models.CharField(max_length=6)
    account = models.ForeignKey(PersonalAccount, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    of = models.ForeignKey(BalanceList, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    past_year_fen = models.BigIntegerField()

    class Meta:
        constraints = (
            UniqueConstraint(fields=("of", "account"), name="mutual_aid_balance_once"),
            CheckConstraint(name="mutual_aid_balance_positive", condition=Q(past_year_fen__gte=0)),
        )


class RelativeState(models.TextChoices):
    PROPOSED = "proposed", _("等组建人同意")
    AGREED = "agreed", _("已同意")
    REFUSED = "refused", _("组建人不同意")
    ENDED = "ended", _("已退出")


_R = RelativeState
RELATIVE_MOVES: dict[str, frozenset[str]] = {
    _R.PROPOSED: frozenset({_R.AGREED, _R.REFUSED, _R.ENDED}),
    _R.AGREED: frozenset({_R.ENDED}),
    _R.REFUSED: frozenset(),
    _R.ENDED: frozenset(),
}


class Relative(models.Model):
    """One member of a holder's network: whose relative he is by the notice's own word, and how both sides agreed.

    `relation` is what the member is to the holder. `limit_fen` is the most that the holder lets a year's bill cost him.
    `code_digest` (sha256) is of the code sent to the holder's phone, by which he agrees without a login.
    """

    pooling_area = models.CharField(max_length=6)
    account = models.ForeignKey(
        PersonalAccount, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="relatives"
    )
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    policy_id = models.CharField(max_length=20)
    relation = models.CharField(max_length=30)
    kinship_evidence = models.CharField(max_length=200)
    limit_fen = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=RelativeState.choices, default=RelativeState.PROPOSED)
    member_agreed_at = models.DateTimeField()
    member_evidence = models.CharField(max_length=200)
    holder_agreed_at = models.DateTimeField(null=True)
    holder_evidence = models.CharField(max_length=200, default="")
    code_digest = models.CharField(max_length=64, default="")
    recorded_by = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, default="")
    ended_because = models.CharField(max_length=200, default="")

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="mutual_aid_relative_key"),
            UniqueConstraint(
                fields=("pooling_area", "account", "resident"),
                condition=Q(state__in=("proposed", "agreed")),
                name="mutual_aid_relative_once",
            ),
            CheckConstraint(
                name="mutual_aid_relative_state",
                condition=Q(state="proposed", holder_agreed_at__isnull=True, ended_at__isnull=True)
                | (Q(state="agreed", holder_agreed_at__isnull=False, ended_at__isnull=True) & ~Q(holder_evidence=""))
                | Q(state__in=("refused", "ended"), ended_at__isnull=False),
            ),
            CheckConstraint(
                name="mutual_aid_relative_evidence", condition=~Q(kinship_evidence="") & ~Q(member_evidence="")
            ),
            CheckConstraint(name="mutual_aid_relative_limit", condition=Q(limit_fen__isnull=True) | Q(limit_fen__gt=0)),
        )
        indexes = (
            models.Index(fields=("pooling_area", "resident", "state"), name="mutual_aid_relatives_of"),
            models.Index(fields=("pooling_area", "state", "id"), name="mutual_aid_relatives_wait"),
        )


class AidRunState(models.TextChoices):
    RUNNING = "running", _("进行中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("已中断")


class AidRun(models.Model):
    """The deduction for one group of a notice: asked for by one person, approved by another, worked in slices.

    Each slice is one transaction with the counts that belong to it, so a run killed anywhere goes on from its row.
    """

    pooling_area = models.CharField(max_length=6)
    policy_id = models.CharField(max_length=20)
    group = models.CharField(max_length=30)
    state = models.CharField(max_length=8, choices=AidRunState.choices, default=AidRunState.RUNNING)
    total = models.IntegerField()
    captured = models.IntegerField(default=0)
    captured_fen = models.BigIntegerField(default=0)
    failed = models.IntegerField(default=0)
    slices = models.IntegerField(default=0)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    approval_id = models.BigIntegerField(null=True)
    asked_by = models.CharField(max_length=120, default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=60, default="")

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="mutual_aid_run_key"),
            UniqueConstraint(
                fields=("policy_id", "group"), condition=Q(state="running"), name="mutual_aid_run_one_running"
            ),
            CheckConstraint(name="mutual_aid_run_state", condition=Q(state__in=AidRunState.values)),
        )
        indexes = (models.Index(fields=("pooling_area", "-started_at"), name="mutual_aid_runs"),)


class HoldState(models.TextChoices):
    CHOSEN = "chosen", _("等参保审核")
    HELD = "held", _("已确认，待扣款")
    CAPTURED = "captured", _("扣款成功")
    RELEASED = "released", _("已撤回")
    FAILED = "failed", _("未扣款")
    RETURNED = "returned", _("已退回账户")


_H = HoldState
HOLD_MOVES: dict[str, frozenset[str]] = {
    _H.CHOSEN: frozenset({_H.HELD, _H.RELEASED, _H.FAILED}),
    _H.HELD: frozenset({_H.CAPTURED, _H.RELEASED, _H.FAILED}),
    _H.CAPTURED: frozenset({_H.RETURNED}),
    _H.RELEASED: frozenset(),
    _H.FAILED: frozenset(),
    _H.RETURNED: frozenset(),
}
HOLD_LIVE = (HoldState.CHOSEN, HoldState.HELD, HoldState.CAPTURED)


class Failure(models.TextChoices):
    """Why a confirmed payment was not deducted."""

    SHORT = "short", _("历年结余不够付全额")
    PAID_OTHERWISE = "paid_otherwise", _("已用别的方式缴清")
    NO_BILL = "no_bill", _("没有应缴单")
    NOTHING_TO_PAY = "nothing_to_pay", _("不用个人缴费")
    LEFT = "left", _("已退出共济网")
    NOT_STANDING = "not_standing", _("参保情况有变")
    EXPIRED = "expired", _("到待遇年度开始还没有扣款")


class Hold(models.Model):
    """Somebody's wish that a relative's account pays a year's bill: reserved, then deducted whole, or not at all.

    `group` is its key among the groups of the notice, which has deadline and days. A person has one live hold a year.
    `chosen` waits for the approval of an enrolment, and reserves nothing. `counts_at` is the moment that the payment
    counts as, once it is deducted.
    """

    pooling_area = models.CharField(max_length=6)
    account = models.ForeignKey(
        PersonalAccount, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="holds"
    )
    relative = models.ForeignKey(
        Relative, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="holds"
    )
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    benefit_year = models.SmallIntegerField()
    policy_id = models.CharField(max_length=20)
    group = models.CharField(max_length=30)
    bill_id = models.BigIntegerField(null=True)
    amount_fen = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=HoldState.choices, default=HoldState.HELD)
    confirmed_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=120)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=120, default="")
    reason = models.CharField(max_length=20, choices=Failure.choices, default="")
    counts_at = models.DateTimeField(null=True)
    capture = models.OneToOneField(Capture, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    run = models.ForeignKey(AidRun, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="mutual_aid_hold_key"),
            UniqueConstraint(
                fields=("pooling_area", "resident", "benefit_year"),
                condition=Q(state__in=("chosen", "held", "captured")),
                name="mutual_aid_hold_one_a_year",
            ),
            CheckConstraint(
                name="mutual_aid_hold_state",
                condition=Q(state="chosen", amount_fen=0, bill_id__isnull=True, resolved_at__isnull=True)
                | Q(state="held", amount_fen__gt=0, bill_id__isnull=False, resolved_at__isnull=True)
                | Q(
                    state__in=("captured", "returned"), amount_fen__gt=0, capture__isnull=False,
                    resolved_at__isnull=False, counts_at__isnull=False,
                )
                | Q(state="released", capture__isnull=True, resolved_at__isnull=False)
                | (Q(state="failed", capture__isnull=True, resolved_at__isnull=False) & ~Q(reason="")),
            ),
        )  # fmt: skip
        indexes = (
            models.Index(
                fields=("pooling_area", "policy_id", "group", "id"),
                condition=Q(state="held"),
                name="mutual_aid_holds_open",
            ),
            models.Index(fields=("pooling_area", "account"), name="mutual_aid_holds_on"),
            models.Index(fields=("pooling_area", "run", "state"), name="mutual_aid_holds_of_run"),
        )


class AidMessage(PhoneMessage):
    """What a person is told about mutual aid, sent as receipts' messages are: under one number, again until it is had.

    `hold` or `relative` is what it is about.
    """

    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    hold = models.ForeignKey(Hold, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="messages")
    relative = models.ForeignKey(
        Relative, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="messages"
    )

    class Meta:
        constraints = (
            CheckConstraint(name="mutual_aid_message_state", condition=Q(state__in=MessageState.values)),
            CheckConstraint(
                name="mutual_aid_message_sent",
                condition=Q(state="sent", sent_at__isnull=False, send_at__isnull=True)
                | Q(~Q(state="sent"), sent_at__isnull=True),
            ),
        )
        indexes = (
            models.Index(fields=("send_at",), condition=Q(send_at__isnull=False), name="mutual_aid_messages_to_send"),
        )
