"""Lists handed in: the batch, its file kept sealed, what each row comes to; and lists given out, long ones as files."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

_AREA = r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$"


class State(models.TextChoices):
    MAPPING = "mapping", _("待核对列")
    READING = "reading", _("正在预览")
    PREVIEWED = "previewed", _("待提交")
    WAITING = "waiting", _("待复核")
    APPLYING = "applying", _("正在写入")
    APPLIED = "applied", _("已写入")
    OUTDATED = "outdated", _("登记已变，需重新预览")
    FAILED = "failed", _("中断")
    WITHDRAWN = "withdrawn", _("已撤回")
    UNDO_ASKED = "undo_asked", _("待复核撤销")
    UNDOING = "undoing", _("正在撤销")
    UNDONE = "undone", _("已撤销")


UNDER_WAY = (State.READING, State.APPLYING, State.UNDOING)
ASKED = (State.WAITING, State.UNDO_ASKED)
"""A second person is asked."""
OVER = (State.WITHDRAWN, State.UNDONE)
"""A file whose batch is in one of these may be handed in again."""


class Outcome(models.TextChoices):
    NEW = "new", _("新增")
    CHANGED = "changed", _("变更")
    SAME = "same", _("不变")
    REFUSED = "refused", _("不能写入")
    SKIPPED = "skipped", _("不是名单行")


class Batch(models.Model):
    """One file of one source for one area. `content_key` opens its pieces and is itself sealed.

    `digest` is the file's SHA-256. `mapping` is a list of [column index, key, person within the row or null].
    """

    pooling_area = models.CharField(max_length=6)
    area_code = models.CharField(max_length=12)
    source = models.CharField(max_length=40)
    options = models.JSONField(default=dict)
    file_name = models.CharField(max_length=200)
    file_bytes = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    content_key = models.BinaryField()
    encoding = models.CharField(max_length=12, default="")
    layout = models.CharField(max_length=64, default="")
    headings = ArrayField(models.CharField(max_length=200), default=list)
    samples = models.JSONField(default=list)
    sheets = ArrayField(models.CharField(max_length=100), default=list)
    left_out = ArrayField(models.CharField(max_length=100), default=list)
    mapping = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAPPING)
    new = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=120)
    handed_in_at = models.DateTimeField()
    approval_id = models.BigIntegerField(null=True)
    approver_name = models.CharField(max_length=120, default="")
    applied_at = models.DateTimeField(null=True)
    # When the file and the rows were deleted because their time was over; the digest stays.
    removed_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=60, default="")
    fault_zh = models.CharField(max_length=400, default="")
    fault_en = models.CharField(max_length=400, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "id"], name="intake_batch_key"),
            models.CheckConstraint(name="intake_batch_state", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="intake_batch_area", condition=Q(area_code__regex=_AREA)),
            models.CheckConstraint(
                name="intake_batch_applied", condition=~Q(state="applied") | Q(applied_at__isnull=False)
            ),
            # The same file twice is nothing new, however fast the button is pressed.
            models.UniqueConstraint(
                fields=["pooling_area", "area_code", "source", "digest", "options"],
                condition=~Q(state__in=OVER),
                name="intake_file_once",
            ),
        ]
        indexes = [models.Index(fields=["pooling_area", "-id"], name="intake_batch_latest")]

    def __str__(self) -> str:
        return f"batch {self.pk}"

    def seal_again(self) -> None:
        from canbao.intake import storing

        self.content_key = storing.seal_again(self.digest, bytes(self.content_key))

    @property
    def rows(self) -> int:
        return self.new + self.changed + self.same + self.refused + self.skipped


class Piece(models.Model):
    """A part of a batch's file, sealed under the batch's key."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, db_index=False, related_name="+")
    position = models.IntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="intake_piece_once")]


class Row(models.Model):
    """What one record of the file comes to. `position` counts records from 0; `row` is the sheet's own number.
    `resident_id` of a new person is drawn at the preview, and nobody's before the list is applied.

    `changes`: field → [from, to]. `reasons`: [code, column index or null, what its sentence needs]. No number stands
    here but masked.
    """

    pk = models.CompositePrimaryKey("pooling_area", "batch_id", "position")
    pooling_area = models.CharField(max_length=6)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+")
    position = models.IntegerField()
    sheet = models.CharField(max_length=100, default="")
    row = models.IntegerField()
    part = models.SmallIntegerField(default=0)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    resident_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=60, default="")
    masked = models.CharField(max_length=30, default="")
    place = models.CharField(max_length=60, default="")
    changes = models.JSONField(default=dict)
    reason = models.CharField(max_length=40, default="")
    reasons = models.JSONField(default=list)

    class Meta:
        constraints = [models.CheckConstraint(name="intake_row_outcome", condition=Q(outcome__in=Outcome.values))]
        indexes = [
            models.Index(
                fields=["pooling_area", "batch", "outcome", "reason", "position"], name="intake_row_outcome_of"
            )
        ]


class Progress(models.Model):
    """How far a batch's job is, written beside the job's own transaction; nothing else rests on it."""

    batch_id = models.BigIntegerField(primary_key=True)
    done = models.IntegerField()
    total = models.IntegerField()
    at = models.DateTimeField()


class Layout(models.Model):
    """The columns as somebody of an area's department set them for files of this layout."""

    area_code = models.CharField(max_length=12)
    source = models.CharField(max_length=40)
    layout = models.CharField(max_length=64)
    mapping = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area_code", "source", "layout"], name="intake_layout_once"),
        ]


class Population(models.Model):
    """How many people an area has at the end of a year, as the statistics say: the honest denominator."""

    pooling_area = models.CharField(max_length=6)
    area_code = models.CharField(max_length=12)
    year = models.SmallIntegerField()
    people = models.IntegerField()
    hukou_people = models.IntegerField(null=True)
    batch_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "area_code", "year"], name="intake_population_once"),
            models.CheckConstraint(name="intake_population_area", condition=Q(area_code__regex=_AREA)),
            models.CheckConstraint(
                name="intake_population_people",
                condition=Q(people__gte=0) & (Q(hukou_people__isnull=True) | Q(hukou_people__gte=0)),
            ),
        ]


class ExportLog(models.Model):
    """A list of people that somebody took away: who, when, what for, which, how many. Rows are only ever added."""

    area_code = models.CharField(max_length=12)
    what = models.CharField(max_length=40)
    query = models.JSONField(default=dict)
    purpose = models.CharField(max_length=200)
    form = models.CharField(max_length=4)
    rows = models.IntegerField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="intake_export_rows", condition=Q(rows__gte=0)),
            models.CheckConstraint(name="intake_export_area", condition=Q(area_code__regex=_AREA)),
            models.CheckConstraint(name="intake_export_purpose", condition=~Q(purpose="")),
        ]
        indexes = [models.Index(F("at").desc(), name="intake_export_latest")]


class ExportState(models.TextChoices):
    MAKING = "making", _("正在生成")
    READY = "ready", _("可以下载")
    FAILED = "failed", _("没有生成")
    REMOVED = "removed", _("已删除")


class ExportFile(models.Model):
    """A long list on its way out, made by a job and kept sealed for its owner for some days.

    `made_of` names the list as its page does: policy, what it is narrowed by, columns. `token` stands in the seals in
    the place of a digest, since nobody knows the file before it is whole.
    """

    log = models.OneToOneField(ExportLog, on_delete=models.PROTECT, primary_key=True, db_constraint=True)
    owner_id = models.BigIntegerField()
    made_of = models.JSONField()
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=7, choices=ExportState.choices, default=ExportState.MAKING)
    name = models.CharField(max_length=100, default="")
    rows = models.IntegerField(default=0)
    token = models.CharField(max_length=64)
    content_key = models.BinaryField()
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="intake_file_state", condition=Q(state__in=ExportState.values))]
        indexes = [models.Index(fields=["owner_id", "-asked_at"], name="intake_files_of")]

    def seal_again(self) -> None:
        from canbao.intake import storing

        self.content_key = storing.seal_again(self.token, bytes(self.content_key))


class ExportPiece(models.Model):
    """A part of such a file, sealed under its key."""

    file = models.ForeignKey(ExportFile, on_delete=models.CASCADE, db_index=False, related_name="+")
    position = models.IntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "position"], name="intake_export_piece_once")]
