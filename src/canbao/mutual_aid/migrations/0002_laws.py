"""What two rows of mutual aid must be to each other, whoever writes them."""

from django.db import migrations

_FOREIGN = "".join(
    f"""
ALTER TABLE mutual_aid_{table} ADD CONSTRAINT mutual_aid_{table}_{column}
    FOREIGN KEY (pooling_area, {column}_id) REFERENCES {other} (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;"""
    for table, column, other in (
        ("personalaccount", "holder", "registry_resident"),
        ("balance", "account", "mutual_aid_personalaccount"),
        ("balance", "of", "mutual_aid_balancelist"),
        ("relative", "account", "mutual_aid_personalaccount"),
        ("relative", "resident", "registry_resident"),
        ("hold", "account", "mutual_aid_personalaccount"),
        ("hold", "relative", "mutual_aid_relative"),
        ("hold", "resident", "registry_resident"),
        ("hold", "bill", "billing_bill"),
        ("hold", "capture", "payments_capture"),
        ("hold", "run", "mutual_aid_aidrun"),
        ("aidmessage", "resident", "registry_resident"),
        ("aidmessage", "hold", "mutual_aid_hold"),
        ("aidmessage", "relative", "mutual_aid_relative"),
    )
)
LAWS = """
CREATE FUNCTION mutual_aid_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER mutual_aid_balance_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON mutual_aid_balance
    FOR EACH STATEMENT EXECUTE FUNCTION mutual_aid_refuse_change();
CREATE TRIGGER mutual_aid_hold_kept BEFORE DELETE OR TRUNCATE ON mutual_aid_hold
    FOR EACH STATEMENT EXECUTE FUNCTION mutual_aid_refuse_change();
CREATE TRIGGER mutual_aid_relative_kept BEFORE DELETE OR TRUNCATE ON mutual_aid_relative
    FOR EACH STATEMENT EXECUTE FUNCTION mutual_aid_refuse_change();

-- Who pays for others is paid for by nobody, so no network leads back to itself.
CREATE FUNCTION mutual_aid_holder_is_no_relative() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE holder bigint;
BEGIN
    IF NEW.state NOT IN ('proposed', 'agreed') THEN
        RETURN NULL;
    END IF;
    SELECT a.holder_id INTO holder FROM mutual_aid_personalaccount a WHERE a.id = NEW.account_id;
    -- Two ties at once that close a circle wait for each other here.
    PERFORM pg_advisory_xact_lock(7897, hashint8(least(holder, NEW.resident_id)));
    PERFORM pg_advisory_xact_lock(7897, hashint8(greatest(holder, NEW.resident_id)));
    IF holder = NEW.resident_id OR EXISTS (
        SELECT FROM mutual_aid_relative r JOIN mutual_aid_personalaccount a ON a.id = r.account_id
        WHERE r.pooling_area = NEW.pooling_area AND r.state IN ('proposed', 'agreed')
          AND (r.resident_id = holder OR a.holder_id = NEW.resident_id)
    ) THEN
        RAISE EXCEPTION 'mutual_aid_holder_is_no_relative' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER mutual_aid_holder_is_no_relative AFTER INSERT OR UPDATE OF state ON mutual_aid_relative
    FOR EACH ROW EXECUTE FUNCTION mutual_aid_holder_is_no_relative();

-- The same moves as RELATIVE_MOVES and HOLD_MOVES say; a test holds the two together.
CREATE FUNCTION mutual_aid_relative_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.pooling_area, NEW.account_id, NEW.resident_id, NEW.policy_id, NEW.relation, NEW.kinship_evidence,
        NEW.member_agreed_at, NEW.member_evidence, NEW.recorded_by) IS DISTINCT FROM
       (OLD.pooling_area, OLD.account_id, OLD.resident_id, OLD.policy_id, OLD.relation, OLD.kinship_evidence,
        OLD.member_agreed_at, OLD.member_evidence, OLD.recorded_by) THEN
        RAISE EXCEPTION 'relative % is what was agreed to', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'proposed>agreed', 'proposed>refused', 'proposed>ended', 'agreed>ended') THEN
        RAISE EXCEPTION 'relative % cannot move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mutual_aid_relative_moves BEFORE UPDATE ON mutual_aid_relative
    FOR EACH ROW EXECUTE FUNCTION mutual_aid_relative_moves();

CREATE FUNCTION mutual_aid_hold_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.pooling_area, NEW.account_id, NEW.relative_id, NEW.resident_id, NEW.benefit_year, NEW.policy_id,
        NEW.confirmed_at, NEW.confirmed_by) IS DISTINCT FROM
       (OLD.pooling_area, OLD.account_id, OLD.relative_id, OLD.resident_id, OLD.benefit_year, OLD.policy_id,
        OLD.confirmed_at, OLD.confirmed_by) THEN
        RAISE EXCEPTION 'hold % is what was confirmed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'chosen>held', 'chosen>released', 'chosen>failed', 'held>captured', 'held>released', 'held>failed',
        'captured>returned') THEN
        RAISE EXCEPTION 'hold % cannot move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mutual_aid_hold_moves BEFORE UPDATE ON mutual_aid_hold
    FOR EACH ROW EXECUTE FUNCTION mutual_aid_hold_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("mutual_aid", "0001_initial"), ("payments", "0009_debit_and_list_laws")]
    operations = [migrations.RunSQL(_FOREIGN + LAWS)]
