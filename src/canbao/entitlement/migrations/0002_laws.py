"""No day of cover without the settled bill of that person and year, and the ledger entry that settled it."""

from django.db import migrations

LAWS = """
ALTER TABLE entitlement_cover ADD COLUMN settled_by bigint NOT NULL
    GENERATED ALWAYS AS (coalesce(because_entry_id, 0)) STORED;
ALTER TABLE entitlement_cover ADD CONSTRAINT entitlement_cover_settled_bill
    FOREIGN KEY (pooling_area, bill_id, resident_id, benefit_year, settled_by)
    REFERENCES billing_bill (pooling_area, id, resident_id, benefit_year, settled_by)
    DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("entitlement", "0001_initial"), ("billing", "0002_laws")]
    operations = [migrations.RunSQL(LAWS)]
