"""A settled bill may be refunded: it keeps the entry that settled it and gives no cover any more."""

from django.db import migrations, models

LAWS = """
ALTER TABLE billing_bill ADD CONSTRAINT billing_bill_refund_entry
    FOREIGN KEY (pooling_area, refund_entry_id) REFERENCES ledger_entry (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;

CREATE OR REPLACE FUNCTION billing_bill_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept billing_bill;
BEGIN
    IF NEW.state <> OLD.state
       AND (OLD.state || '>' || NEW.state) NOT IN ('issued>settled', 'issued>void', 'settled>refunded') THEN
        RAISE EXCEPTION 'bill % cannot move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    kept := NEW;
    kept.state := OLD.state;
    kept.settled_by := OLD.settled_by;
    IF OLD.state = 'issued' THEN
        kept.settled_at := OLD.settled_at;
        kept.settled_entry_id := OLD.settled_entry_id;
        kept.voided_at := OLD.voided_at;
        kept.void_reason := OLD.void_reason;
    ELSIF NEW.state = 'refunded' THEN
        kept.refunded_at := OLD.refunded_at;
        kept.refund_entry_id := OLD.refund_entry_id;
    END IF;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'bill % cannot change after issue', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_laws"), ("ledger", "0003_channel_accounts")]
    operations = [
        migrations.AddField("bill", "refunded_at", models.DateTimeField(null=True)),
        migrations.AddField("bill", "refund_entry_id", models.BigIntegerField(null=True)),
        migrations.AlterField(
            "bill",
            "state",
            models.CharField(
                choices=[("issued", "待缴"), ("settled", "已结清"), ("void", "已作废"), ("refunded", "已退费")],
                max_length=8,
            ),
        ),
        migrations.RemoveConstraint("bill", "billing_bill_state"),
        migrations.RemoveConstraint("bill", "billing_bill_settled_by_entry"),
        migrations.RemoveConstraint("bill", "billing_bill_state_has_time"),
        migrations.AddConstraint(
            "bill",
            models.CheckConstraint(
                name="billing_bill_state",
                condition=models.Q(state__in=["issued", "settled", "void", "refunded"]),
            ),
        ),
        migrations.AddConstraint(
            "bill",
            models.CheckConstraint(
                name="billing_bill_settled_by_entry",
                condition=models.Q(repair_fen=0, standard_fen=0, state="settled")
                | models.Q(settled_entry_id__isnull=False, state="settled")
                | models.Q(settled_entry_id__isnull=False, state="refunded")
                | models.Q(settled_entry_id__isnull=True, state__in=("issued", "void")),
            ),
        ),
        migrations.AddConstraint(
            "bill",
            models.CheckConstraint(
                name="billing_bill_state_has_time",
                condition=models.Q(settled_at__isnull=True, state="issued", voided_at__isnull=True)
                | models.Q(settled_at__isnull=False, state="settled", voided_at__isnull=True)
                | models.Q(settled_at__isnull=True, state="void", void_reason__isnull=False, voided_at__isnull=False)
                | models.Q(settled_at__isnull=False, state="refunded", voided_at__isnull=True),
            ),
        ),
        migrations.AddConstraint(
            "bill",
            models.CheckConstraint(
                name="billing_bill_refunded_by_entry",
                condition=models.Q(refund_entry_id__isnull=False, refunded_at__isnull=False, state="refunded")
                | models.Q(
                    models.Q(("state", "refunded"), _negated=True),
                    refund_entry_id__isnull=True,
                    refunded_at__isnull=True,
                ),
            ),
        ),
        migrations.RunSQL(LAWS),
    ]
