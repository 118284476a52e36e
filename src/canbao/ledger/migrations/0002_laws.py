"""What the database itself refuses, whoever asks: changes, empty entries, late transfers, undeclared accounts."""

from django.db import migrations

LAWS = r"""
ALTER TABLE ledger_entry ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_transfer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_chainlink_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_chainlink
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_dayseal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_dayseal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_accountclose_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_accountclose
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- An entry belongs to the transaction that writes it and to a day that is not sealed. The shared lock makes a seal
-- wait for this transaction, and this transaction wait for a seal: 7894 is ledger.actions.LEDGER_LOCK.
CREATE FUNCTION ledger_entry_admit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.xact := pg_current_xact_id();
    PERFORM pg_advisory_xact_lock_shared(7894, NEW.pooling_area::int);
    IF EXISTS (SELECT FROM ledger_dayseal s WHERE s.pooling_area = NEW.pooling_area AND s.day >= NEW.day) THEN
        RAISE EXCEPTION 'day % of % is sealed', NEW.day, NEW.pooling_area USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_admit BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_admit();

CREATE FUNCTION ledger_entry_not_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_transfer t WHERE t.pooling_area = NEW.pooling_area AND t.entry_id = NEW.id) THEN
        RAISE EXCEPTION 'entry % moves no money', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_not_empty AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_not_empty();

CREATE FUNCTION ledger_transfer_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE late bigint;
BEGIN
    SELECT t.entry_id INTO late FROM added t
        LEFT JOIN ledger_entry e ON e.pooling_area = t.pooling_area AND e.id = t.entry_id
        WHERE e.xact IS DISTINCT FROM pg_current_xact_id() LIMIT 1;
    IF late IS NOT NULL THEN
        RAISE EXCEPTION 'entry % is closed: its transfers belong to its own transaction', late
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_transfer_in_time AFTER INSERT ON ledger_transfer
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_transfer_in_time();

CREATE FUNCTION ledger_account_is_declared(account text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT account ~ '^(receivable/[0-9]{6}/[0-9]{4}/(resident|subsidy/[a-z_]+)|expected/[0-9]{6}/[0-9]{4}|income/[0-9]{6}/[0-9]{4}/(contribution|repair)|cash/[0-9]{6}/counter/[0-9]+|clearing/[0-9]{6}/pos/[0-9]+)$'
$$;
ALTER TABLE ledger_transfer
    ADD CONSTRAINT ledger_transfer_declared
        CHECK (ledger_account_is_declared(debit_account) AND ledger_account_is_declared(credit_account)),
    ADD CONSTRAINT ledger_transfer_own_area
        CHECK (split_part(debit_account, '/', 2) = pooling_area AND split_part(credit_account, '/', 2) = pooling_area);
"""  # noqa: E501


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(LAWS)]
