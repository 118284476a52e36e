"""A line is matched with one thing at most; a difference may learn our sum; a remittance arrives once."""

from django.db import migrations

LAWS = """
ALTER TABLE reconciliation_statementline ADD CONSTRAINT reconciliation_line_one_match
    CHECK (num_nonnulls(capture_id, refund_id, paid_list_id, deposit_id, payment_id) <= 1);

CREATE OR REPLACE FUNCTION reconciliation_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept reconciliation_statementline;
BEGIN
    kept := NEW;
    IF num_nonnulls(OLD.capture_id, OLD.refund_id, OLD.paid_list_id, OLD.deposit_id, OLD.payment_id) = 0 THEN
        kept.capture_id := OLD.capture_id;
        kept.refund_id := OLD.refund_id;
        kept.paid_list_id := OLD.paid_list_id;
        kept.deposit_id := OLD.deposit_id;
        kept.payment_id := OLD.payment_id;
    END IF;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'line % stays as it was read and matched', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- What only they had may turn out to be ours with another sum.
CREATE OR REPLACE FUNCTION reconciliation_difference_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept reconciliation_difference;
BEGIN
    kept := NEW;
    IF OLD.resolved_at IS NULL THEN
        kept.owner_id := OLD.owner_id;
        kept.owner := OLD.owner;
        kept.resolved_at := OLD.resolved_at;
        kept.resolved_by := OLD.resolved_by;
        kept.explanation := OLD.explanation;
        IF OLD.kind = 'only_theirs' AND NEW.kind = 'amount_differs' THEN
            kept.kind := OLD.kind;
            kept.ours_fen := OLD.ours_fen;
        END IF;
    END IF;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'difference % stays as it was found and explained', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER reconciliation_remittance_kept BEFORE DELETE OR TRUNCATE ON reconciliation_remittance
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_change();
CREATE FUNCTION reconciliation_remittance_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept reconciliation_remittance;
BEGIN
    kept := NEW;
    kept.owner_id := OLD.owner_id;
    kept.owner := OLD.owner;
    IF OLD.arrived_on IS NULL THEN
        kept.arrived_on := OLD.arrived_on;
        kept.arrived_fen := OLD.arrived_fen;
        kept.reference := OLD.reference;
    END IF;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'remittance % is what was due, and arrives once', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_remittance_stays BEFORE UPDATE ON reconciliation_remittance
    FOR EACH ROW EXECUTE FUNCTION reconciliation_remittance_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0002_remittances")]

    operations = [migrations.RunSQL(LAWS)]
