"""Files for banks and collective lists stay as they were made, and are answered or paid once."""

from django.db import migrations

LAWS = """
ALTER TABLE payments_debitmandate ADD CONSTRAINT payments_debit_mandate_resident
    FOREIGN KEY (pooling_area, resident_id) REFERENCES registry_resident (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_debitline ADD CONSTRAINT payments_debit_line_bill
    FOREIGN KEY (pooling_area, bill_id) REFERENCES billing_bill (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_debitline ADD CONSTRAINT payments_debit_line_run
    FOREIGN KEY (pooling_area, run_id) REFERENCES payments_debitrun (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_debitline ADD CONSTRAINT payments_debit_line_mandate
    FOREIGN KEY (pooling_area, mandate_id) REFERENCES payments_debitmandate (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_collectiveline ADD CONSTRAINT payments_list_line_bill
    FOREIGN KEY (pooling_area, bill_id) REFERENCES billing_bill (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_collectiveline ADD CONSTRAINT payments_list_line_list
    FOREIGN KEY (pooling_area, of_id) REFERENCES payments_collectivelist (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;

CREATE TRIGGER payments_debit_mandate_kept BEFORE DELETE OR TRUNCATE ON payments_debitmandate
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_run_kept BEFORE DELETE OR TRUNCATE ON payments_debitrun
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_debit_line_kept BEFORE DELETE OR TRUNCATE ON payments_debitline
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_list_kept BEFORE DELETE OR TRUNCATE ON payments_collectivelist
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_list_line_kept BEFORE DELETE OR TRUNCATE ON payments_collectiveline
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();

CREATE FUNCTION payments_run_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.pooling_area, NEW.channel_id, NEW.sequence, NEW.area_code, NEW.count, NEW.total_fen, NEW.digest,
        NEW.made_on, NEW.made_at)
        IS DISTINCT FROM (OLD.pooling_area, OLD.channel_id, OLD.sequence, OLD.area_code, OLD.count,
        OLD.total_fen, OLD.digest, OLD.made_on, OLD.made_at)
       OR (OLD.answer_digest <> '' AND NEW.answer_digest <> OLD.answer_digest)
       OR (OLD.answered_at IS NOT NULL AND NEW.answered_at IS DISTINCT FROM OLD.answered_at) THEN
        RAISE EXCEPTION 'run % stays as it was sent and is answered once', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_run_answered_once BEFORE UPDATE ON payments_debitrun
    FOR EACH ROW EXECUTE FUNCTION payments_run_answered_once();

CREATE FUNCTION payments_debit_line_told_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.result <> '' OR (NEW.pooling_area, NEW.run_id, NEW.number, NEW.bill_id, NEW.mandate_id, NEW.agreement_no,
        NEW.amount_fen) IS DISTINCT FROM (OLD.pooling_area, OLD.run_id, OLD.number, OLD.bill_id, OLD.mandate_id,
        OLD.agreement_no, OLD.amount_fen) THEN
        RAISE EXCEPTION 'line % of run % is told once', OLD.number, OLD.run_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_debit_line_told_once BEFORE UPDATE ON payments_debitline
    FOR EACH ROW EXECUTE FUNCTION payments_debit_line_told_once();

-- The same moves as LIST_MOVES says; a test holds the two together.
CREATE FUNCTION payments_list_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.pooling_area, NEW.channel_id, NEW.institution, NEW.area_code, NEW.count, NEW.sum_fen, NEW.made_at)
        IS DISTINCT FROM
       (OLD.pooling_area, OLD.channel_id, OLD.institution, OLD.area_code, OLD.count, OLD.sum_fen, OLD.made_at)
       OR (NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN ('open>paid', 'open>dropped'))
       OR (OLD.state <> 'open' AND (NEW.closed_at, NEW.paid_at, NEW.reference) IS DISTINCT FROM
           (OLD.closed_at, OLD.paid_at, OLD.reference)) THEN
        RAISE EXCEPTION 'list % stays as it was made and is closed once', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_list_moves BEFORE UPDATE ON payments_collectivelist
    FOR EACH ROW EXECUTE FUNCTION payments_list_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_debits_and_lists")]
    operations = [migrations.RunSQL(LAWS)]
