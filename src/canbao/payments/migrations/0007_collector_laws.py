"""Slips cover money of their own pooling area, differences are closed once, and what residents were told stays."""

from django.db import migrations

LAWS = """
ALTER TABLE payments_payment ADD CONSTRAINT payments_payment_code
    FOREIGN KEY (pooling_area, listed_code_id) REFERENCES payments_listedcode (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_deposit ADD CONSTRAINT payments_deposit_entry
    FOREIGN KEY (pooling_area, entry_id) REFERENCES ledger_entry (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_depositreceipt ADD CONSTRAINT payments_receipt_deposit
    FOREIGN KEY (pooling_area, deposit_id) REFERENCES payments_deposit (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_depositreceipt ADD CONSTRAINT payments_receipt_payment
    FOREIGN KEY (pooling_area, payment_id) REFERENCES payments_payment (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_depositdifference ADD CONSTRAINT payments_difference_deposit
    FOREIGN KEY (pooling_area, deposit_id) REFERENCES payments_deposit (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_receiptmessage ADD CONSTRAINT payments_message_payment
    FOREIGN KEY (pooling_area, payment_id) REFERENCES payments_payment (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;

CREATE TRIGGER payments_deposit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_deposit
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_receipt_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_depositreceipt
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_difference_kept BEFORE DELETE OR TRUNCATE ON payments_depositdifference
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_message_kept BEFORE DELETE OR TRUNCATE ON payments_receiptmessage
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_mandate_kept BEFORE DELETE OR TRUNCATE ON payments_mandate
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_code_kept BEFORE DELETE OR TRUNCATE ON payments_listedcode
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();

CREATE FUNCTION payments_difference_closed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL OR (NEW.pooling_area, NEW.deposit_id, NEW.collector_id, NEW.kind, NEW.amount_fen,
        NEW.opened_at) IS DISTINCT FROM (OLD.pooling_area, OLD.deposit_id, OLD.collector_id, OLD.kind, OLD.amount_fen,
        OLD.opened_at) THEN
        RAISE EXCEPTION 'difference % is closed once, and nothing else of it changes', OLD.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_difference_closed_once BEFORE UPDATE ON payments_depositdifference
    FOR EACH ROW EXECUTE FUNCTION payments_difference_closed_once();

CREATE FUNCTION payments_message_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'waiting' OR (NEW.pooling_area, NEW.payment_id, NEW.code, NEW.text, NEW.written_at)
        IS DISTINCT FROM (OLD.pooling_area, OLD.payment_id, OLD.code, OLD.text, OLD.written_at) THEN
        RAISE EXCEPTION 'message % stays as it was written', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_message_stays BEFORE UPDATE ON payments_receiptmessage
    FOR EACH ROW EXECUTE FUNCTION payments_message_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_collectors")]
    operations = [migrations.RunSQL(LAWS)]
