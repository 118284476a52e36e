"""What the database itself refuses: a changed bill, an undeclared move, a line added later, a foreign resident."""

from django.db import migrations

LAWS = """
ALTER TABLE billing_bill ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE billing_bill ADD CONSTRAINT billing_bill_resident
    FOREIGN KEY (pooling_area, resident_id) REFERENCES registry_resident (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE billing_bill ADD CONSTRAINT billing_bill_settled_entry
    FOREIGN KEY (pooling_area, settled_entry_id) REFERENCES ledger_entry (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
-- What cover hangs on: null as long as the bill is not settled, 0 where it settled without moving money.
ALTER TABLE billing_bill ADD COLUMN settled_by bigint
    GENERATED ALWAYS AS (CASE WHEN state = 'settled' THEN coalesce(settled_entry_id, 0) END) STORED;
ALTER TABLE billing_bill ADD CONSTRAINT billing_bill_settled_by
    UNIQUE (pooling_area, id, resident_id, benefit_year, settled_by);
ALTER TABLE billing_bill ADD CONSTRAINT billing_bill_year_of_policy
    CHECK (right(policy_id, 4)::int = benefit_year);

-- The moves of canbao.billing.models.MOVES; everything but the state and what belongs to it stays as it was issued.
CREATE FUNCTION billing_bill_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept billing_bill;
BEGIN
    kept := NEW;
    kept.state := OLD.state;
    kept.settled_at := OLD.settled_at;
    kept.settled_entry_id := OLD.settled_entry_id;
    kept.settled_by := OLD.settled_by;
    kept.voided_at := OLD.voided_at;
    kept.void_reason := OLD.void_reason;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'bill % cannot change after issue', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> 'issued' OR NEW.state NOT IN ('settled', 'void') THEN
        RAISE EXCEPTION 'bill % cannot move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_bill_guard BEFORE UPDATE ON billing_bill
    FOR EACH ROW EXECUTE FUNCTION billing_bill_guard();

CREATE FUNCTION billing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER billing_bill_stays BEFORE DELETE OR TRUNCATE ON billing_bill
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change();
CREATE TRIGGER billing_line_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_billline
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change();

CREATE FUNCTION billing_bill_admit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.xact := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER billing_bill_admit BEFORE INSERT ON billing_bill
    FOR EACH ROW EXECUTE FUNCTION billing_bill_admit();

CREATE FUNCTION billing_line_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE late bigint;
BEGIN
    SELECT l.bill_id INTO late FROM added l
        LEFT JOIN billing_bill b ON b.pooling_area = l.pooling_area AND b.id = l.bill_id
        WHERE b.xact IS DISTINCT FROM pg_current_xact_id() LIMIT 1;
    IF late IS NOT NULL THEN
        RAISE EXCEPTION 'bill % is issued: no line can be added', late USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_line_in_time AFTER INSERT ON billing_billline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_line_in_time();

-- A tier never changes under a live bill: billing.actions.change_tier replaces the bill in the same transaction.
CREATE FUNCTION billing_tier_is_the_bills() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM enrolment_enrolment e JOIN billing_bill b ON b.pooling_area = e.pooling_area
          AND b.resident_id = e.resident_id AND b.benefit_year = e.benefit_year AND b.enrolment_id = e.id
        WHERE e.id = NEW.id AND b.state IN ('issued', 'settled') AND b.facts ->> 'tier' IS DISTINCT FROM e.tier
    ) THEN
        RAISE EXCEPTION 'enrolment % changed its tier under a live bill', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_tier_is_the_bills AFTER UPDATE OF tier ON enrolment_enrolment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_tier_is_the_bills();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0001_initial"),
        ("enrolment", "0002_keys_and_history"),
        ("ledger", "0002_laws"),
        ("registry", "0002_keys_and_check_digit"),
    ]
    operations = [migrations.RunSQL(LAWS)]
