"""A day's money may come in several transfers, and be due on a day that no calendar reaches yet."""

import django.db.models.deletion
from django.db import migrations, models

LAWS = """
INSERT INTO reconciliation_remittancearrival (pooling_area, remittance_id, reference, arrived_on, fen)
    SELECT pooling_area, id, reference, arrived_on, arrived_fen FROM reconciliation_remittance
    WHERE arrived_on IS NOT NULL AND arrived_fen > 0;
SET CONSTRAINTS ALL IMMEDIATE;

CREATE TRIGGER reconciliation_arrival_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_remittancearrival
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_change();

CREATE OR REPLACE FUNCTION reconciliation_remittance_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept reconciliation_remittance;
BEGIN
    kept := NEW;
    kept.owner_id := OLD.owner_id;
    kept.owner := OLD.owner;
    IF OLD.due_on IS NULL THEN
        kept.due_on := OLD.due_on;
    END IF;
    IF coalesce(OLD.arrived_fen, 0) < OLD.expected_fen THEN
        kept.arrived_on := OLD.arrived_on;
        kept.arrived_fen := OLD.arrived_fen;
        kept.reference := OLD.reference;
    END IF;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'remittance % is what was due, and arrives once', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.arrived_fen IS DISTINCT FROM
        (SELECT sum(a.fen) FROM reconciliation_remittancearrival a WHERE a.remittance_id = NEW.id) THEN
        RAISE EXCEPTION 'remittance % is not the sum of its arrivals', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0003_remittance_laws")]

    operations = [
        migrations.AlterField(
            model_name="remittance",
            name="due_on",
            field=models.DateField(null=True),
        ),
        migrations.CreateModel(
            name="RemittanceArrival",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("reference", models.CharField(max_length=64)),
                ("arrived_on", models.DateField()),
                ("fen", models.BigIntegerField()),
                (
                    "remittance",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="arrivals",
                        to="reconciliation.remittance",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("remittance", "reference"), name="reconciliation_arrival_once"),
                    models.CheckConstraint(
                        condition=models.Q(("fen__gt", 0), models.Q(("reference", ""), _negated=True)),
                        name="reconciliation_arrival_positive",
                    ),
                ],
            },
        ),
        migrations.RunSQL(LAWS),
    ]
