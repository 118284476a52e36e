"""A payment never changes and belongs to a bill and a resident of its own pooling area."""

from django.db import migrations

LAWS = """
ALTER TABLE payments_payment ADD CONSTRAINT payments_payment_bill
    FOREIGN KEY (pooling_area, bill_id) REFERENCES billing_bill (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_payment ADD CONSTRAINT payments_payment_resident
    FOREIGN KEY (pooling_area, resident_id) REFERENCES registry_resident (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER payments_payment_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_payment
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("billing", "0002_laws")]
    operations = [migrations.RunSQL(LAWS)]
