"""Channels' money never changes; attempts and refunds move only as declared; what came stays as it came."""

from django.db import migrations

LAWS = """
ALTER TABLE payments_attempt ADD CONSTRAINT payments_attempt_bill
    FOREIGN KEY (pooling_area, bill_id) REFERENCES billing_bill (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_attempt ADD CONSTRAINT payments_attempt_channel
    FOREIGN KEY (pooling_area, channel_id) REFERENCES payments_channel (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_capture ADD CONSTRAINT payments_capture_bill
    FOREIGN KEY (pooling_area, bill_id) REFERENCES billing_bill (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_capture ADD CONSTRAINT payments_capture_channel
    FOREIGN KEY (pooling_area, channel_id) REFERENCES payments_channel (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_capture ADD CONSTRAINT payments_capture_entry
    FOREIGN KEY (pooling_area, entry_id) REFERENCES ledger_entry (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_delivery ADD CONSTRAINT payments_delivery_channel
    FOREIGN KEY (pooling_area, channel_id) REFERENCES payments_channel (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_helddecision ADD CONSTRAINT payments_decision_capture
    FOREIGN KEY (pooling_area, capture_id) REFERENCES payments_capture (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE payments_refund ADD CONSTRAINT payments_refund_capture
    FOREIGN KEY (pooling_area, capture_id) REFERENCES payments_capture (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;

CREATE TRIGGER payments_capture_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_capture
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_decision_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_helddecision
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_attempt_kept BEFORE DELETE OR TRUNCATE ON payments_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_refund_kept BEFORE DELETE OR TRUNCATE ON payments_refund
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_delivery_kept BEFORE DELETE OR TRUNCATE ON payments_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();

-- The same moves as ATTEMPT_MOVES and REFUND_MOVES say; a test holds the two together.
CREATE FUNCTION payments_attempt_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.pooling_area, NEW.bill_id, NEW.channel_id, NEW.trade_no, NEW.amount_fen, NEW.item, NEW.paid_by,
        NEW.payer_name, NEW.created_at) IS DISTINCT FROM
       (OLD.pooling_area, OLD.bill_id, OLD.channel_id, OLD.trade_no, OLD.amount_fen, OLD.item, OLD.paid_by,
        OLD.payer_name, OLD.created_at) THEN
        RAISE EXCEPTION 'attempt % is what it was sent as', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'created>sent', 'created>unknown', 'created>paid', 'created>failed', 'created>closed',
        'sent>unknown', 'sent>paid', 'sent>failed', 'sent>closed',
        'unknown>sent', 'unknown>paid', 'unknown>failed', 'unknown>closed',
        'failed>unknown', 'failed>paid', 'closed>unknown', 'closed>paid') THEN
        RAISE EXCEPTION 'attempt % cannot move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_attempt_moves BEFORE UPDATE ON payments_attempt
    FOR EACH ROW EXECUTE FUNCTION payments_attempt_moves();

CREATE FUNCTION payments_refund_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.pooling_area, NEW.capture_id, NEW.number, NEW.amount_fen, NEW.approved_at) IS DISTINCT FROM
       (OLD.pooling_area, OLD.capture_id, OLD.number, OLD.amount_fen, OLD.approved_at) THEN
        RAISE EXCEPTION 'refund % is what it was approved as', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'approved>sent', 'approved>returned', 'approved>bounced', 'sent>returned', 'sent>bounced',
        'bounced>approved') THEN
        RAISE EXCEPTION 'refund % cannot move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_refund_moves BEFORE UPDATE ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION payments_refund_moves();

-- It may be sealed again under another key, which changes nothing that it says.
CREATE FUNCTION payments_delivery_judged_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.pooling_area, NEW.channel_id, NEW.event_id, NEW.report, NEW.received_at) IS DISTINCT FROM
       (OLD.pooling_area, OLD.channel_id, OLD.event_id, OLD.report, OLD.received_at)
       OR (OLD.verdict IS NOT NULL AND (NEW.verdict, NEW.reason, NEW.capture_id, NEW.judged_at) IS DISTINCT FROM
           (OLD.verdict, OLD.reason, OLD.capture_id, OLD.judged_at)) THEN
        RAISE EXCEPTION 'delivery % stays as it came and as it was judged', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_delivery_judged_once BEFORE UPDATE ON payments_delivery
    FOR EACH ROW EXECUTE FUNCTION payments_delivery_judged_once();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_channels"), ("billing", "0002_laws"), ("ledger", "0003_channel_accounts")]
    operations = [migrations.RunSQL(LAWS)]
