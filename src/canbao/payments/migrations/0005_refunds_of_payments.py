"""Refunds of what settled a bill: applications for them, and money that goes back from a counter."""

import django.db.models.deletion
from django.db import migrations, models

LAWS = """
ALTER TABLE payments_refundapplication ADD CONSTRAINT payments_application_payment
    FOREIGN KEY (pooling_area, payment_id) REFERENCES payments_payment (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_refund ADD CONSTRAINT payments_refund_payment
    FOREIGN KEY (pooling_area, payment_id) REFERENCES payments_payment (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;

CREATE TRIGGER payments_application_kept BEFORE DELETE OR TRUNCATE ON payments_refundapplication
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();

-- The same moves as APPLICATION_MOVES says; a test holds the two together. What was asked stays as it was taken in.
CREATE FUNCTION payments_application_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.pooling_area, NEW.payment_id, NEW.rule, NEW.applicant_name, NEW.relation, NEW.evidence, NEW.applied_on,
        NEW.taken_at, NEW.taken_by_id, NEW.taken_by) IS DISTINCT FROM
       (OLD.pooling_area, OLD.payment_id, OLD.rule, OLD.applicant_name, OLD.relation, OLD.evidence, OLD.applied_on,
        OLD.taken_at, OLD.taken_by_id, OLD.taken_by) THEN
        RAISE EXCEPTION 'application % is what was taken in', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.state || '>' || NEW.state) NOT IN (
        'taken>checked', 'taken>refused', 'taken>withdrawn', 'checked>approved', 'checked>refused', 'checked>taken')
    THEN
        RAISE EXCEPTION 'application % cannot move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_application_moves BEFORE UPDATE ON payments_refundapplication
    FOR EACH ROW EXECUTE FUNCTION payments_application_moves();

CREATE OR REPLACE FUNCTION payments_refund_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.pooling_area, NEW.capture_id, NEW.payment_id, NEW.number, NEW.amount_fen, NEW.approved_at)
       IS DISTINCT FROM
       (OLD.pooling_area, OLD.capture_id, OLD.payment_id, OLD.number, OLD.amount_fen, OLD.approved_at) THEN
        RAISE EXCEPTION 'refund % is what it was approved as', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'approved>sent', 'approved>returned', 'approved>bounced', 'sent>returned', 'sent>bounced',
        'bounced>approved') THEN
        RAISE EXCEPTION 'refund % cannot move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_channel_accounts"),
        ("payments", "0004_channel_laws"),
        ("billing", "0003_refunded"),
    ]

    operations = [
        migrations.CreateModel(
            name="RefundApplication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("rule", models.CharField(max_length=40)),
                ("applicant_name", models.CharField(max_length=60)),
                ("relation", models.CharField(max_length=30)),
                ("evidence", models.CharField(max_length=300)),
                ("applied_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("taken", "待核对"),
                            ("checked", "待审批"),
                            ("approved", "已批准"),
                            ("refused", "未批准"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="taken",
                        max_length=9,
                    ),
                ),
                ("taken_at", models.DateTimeField()),
                ("taken_by_id", models.BigIntegerField()),
                ("taken_by", models.CharField(max_length=120)),
                ("checked_at", models.DateTimeField(null=True)),
                ("checked_by", models.CharField(default="", max_length=120)),
                ("finding", models.CharField(default="", max_length=300)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(default="", max_length=120)),
                ("refused_because", models.CharField(default="", max_length=300)),
                ("approval_id", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="refund",
            name="payment",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="refund", to="payments.payment"
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="reference",
            field=models.CharField(default="", max_length=60),
        ),
        migrations.AlterField(
            model_name="refund",
            name="capture",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="refund", to="payments.capture"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("capture__isnull", False), ("payment__isnull", False), _connector="OR"),
                name="payments_refund_of_something",
            ),
        ),
        migrations.AddField(
            model_name="refundapplication",
            name="entry",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.entry"
            ),
        ),
        migrations.AddField(
            model_name="refundapplication",
            name="payment",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="payments.payment"
            ),
        ),
        migrations.AddField(
            model_name="refundapplication",
            name="refund",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="application", to="payments.refund"
            ),
        ),
        migrations.AddIndex(
            model_name="refundapplication",
            index=models.Index(fields=["pooling_area", "state", "taken_at"], name="payments_applications_open"),
        ),
        migrations.AddConstraint(
            model_name="refundapplication",
            constraint=models.UniqueConstraint(fields=("pooling_area", "id"), name="payments_application_key"),
        ),
        migrations.AddConstraint(
            model_name="refundapplication",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("taken", "checked", "approved"))),
                fields=("pooling_area", "payment"),
                name="payments_application_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundapplication",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["taken", "checked", "approved", "refused", "withdrawn"])),
                name="payments_application_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundapplication",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("approval_id__isnull", False),
                        ("entry__isnull", False),
                        ("refund__isnull", False),
                        ("state", "approved"),
                    ),
                    models.Q(
                        models.Q(("state", "approved"), _negated=True),
                        ("entry__isnull", True),
                        ("refund__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="payments_application_approved",
            ),
        ),
        migrations.RunSQL(LAWS),
    ]
