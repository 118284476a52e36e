"""Statements of channels, their lines, and what does not agree; a line says for ever what it said."""

import django.db.models.deletion
from django.db import migrations, models

LAWS = """
CREATE FUNCTION reconciliation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER reconciliation_statement_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_statement
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER reconciliation_line_kept BEFORE DELETE OR TRUNCATE ON reconciliation_statementline
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER reconciliation_difference_kept BEFORE DELETE OR TRUNCATE ON reconciliation_difference
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_change();

-- A line is matched once; what it says never changes.
CREATE FUNCTION reconciliation_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept reconciliation_statementline;
BEGIN
    kept := NEW;
    IF OLD.capture_id IS NULL AND OLD.refund_id IS NULL THEN
        kept.capture_id := OLD.capture_id;
        kept.refund_id := OLD.refund_id;
    END IF;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'line % stays as it was read and matched', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_line_stays BEFORE UPDATE ON reconciliation_statementline
    FOR EACH ROW EXECUTE FUNCTION reconciliation_line_stays();

CREATE FUNCTION reconciliation_difference_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept reconciliation_difference;
BEGIN
    kept := NEW;
    IF OLD.resolved_at IS NULL THEN
        kept.owner_id := OLD.owner_id;
        kept.owner := OLD.owner;
        kept.resolved_at := OLD.resolved_at;
        kept.resolved_by := OLD.resolved_by;
        kept.explanation := OLD.explanation;
    END IF;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'difference % stays as it was found and explained', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_difference_stays BEFORE UPDATE ON reconciliation_difference
    FOR EACH ROW EXECUTE FUNCTION reconciliation_difference_stays();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("payments", "0005_refunds_of_payments"),
    ]

    operations = [
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("day", models.DateField()),
                ("layout", models.CharField(max_length=20)),
                ("file_name", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=64)),
                ("lines_digest", models.CharField(max_length=64)),
                ("lines", models.IntegerField()),
                ("paid_fen", models.BigIntegerField()),
                ("returned_fen", models.BigIntegerField()),
                ("read_at", models.DateTimeField()),
                ("read_by", models.CharField(max_length=120)),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.channel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StatementLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("row", models.IntegerField()),
                ("kind", models.CharField(choices=[("paid", "收款"), ("returned", "退款")], max_length=8)),
                ("number", models.CharField(max_length=64)),
                ("trade_no", models.CharField(default="", max_length=64)),
                ("amount_fen", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "capture",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statement_line",
                        to="payments.capture",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.channel",
                    ),
                ),
                (
                    "refund",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statement_line",
                        to="payments.refund",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="reconciliation.statement"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("only_theirs", "只有对方有"),
                            ("only_ours", "只有我们有"),
                            ("amount_differs", "金额不同"),
                        ],
                        max_length=16,
                    ),
                ),
                ("day", models.DateField()),
                ("theirs_fen", models.BigIntegerField(null=True)),
                ("ours_fen", models.BigIntegerField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("owner_id", models.BigIntegerField(null=True)),
                ("owner", models.CharField(default="", max_length=120)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("resolved_by", models.CharField(default="", max_length=120)),
                ("explanation", models.CharField(default="", max_length=300)),
                (
                    "capture",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="difference",
                        to="payments.capture",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.channel",
                    ),
                ),
                (
                    "line",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="difference",
                        to="reconciliation.statementline",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(fields=("pooling_area", "id"), name="reconciliation_statement_key"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(fields=("channel", "day"), name="reconciliation_statement_of_day"),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.UniqueConstraint(fields=("channel", "kind", "number"), name="reconciliation_line_once"),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0)), name="reconciliation_line_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["paid", "returned"])), name="reconciliation_line_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "paid"), ("refund__isnull", True)),
                    models.Q(("capture__isnull", True), ("kind", "returned")),
                    _connector="OR",
                ),
                name="reconciliation_line_of_its_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(
                condition=models.Q(("resolved_at__isnull", True)),
                fields=["pooling_area", "opened_at"],
                name="reconciliation_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.UniqueConstraint(fields=("pooling_area", "id"), name="reconciliation_difference_key"),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["only_theirs", "only_ours", "amount_differs"])),
                name="reconciliation_difference_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "only_theirs"),
                        ("line__isnull", False),
                        ("ours_fen__isnull", True),
                        ("theirs_fen__isnull", False),
                    ),
                    models.Q(
                        ("capture__isnull", False),
                        ("kind", "only_ours"),
                        ("ours_fen__isnull", False),
                        ("theirs_fen__isnull", True),
                    ),
                    models.Q(
                        ("kind", "amount_differs"),
                        ("line__isnull", False),
                        ("ours_fen__isnull", False),
                        ("theirs_fen__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="reconciliation_difference_sides",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("explanation", ""), ("resolved_by", "")),
                    models.Q(
                        models.Q(("resolved_by", ""), _negated=True),
                        models.Q(("explanation", ""), _negated=True),
                        ("resolved_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="reconciliation_difference_explained",
            ),
        ),
        migrations.RunSQL(LAWS),
    ]
