"""What a merged row must not do, and what must not be merged. Enrolments and bills are looked at where they stand."""

from django.db import migrations

KEYS = """
ALTER TABLE registry_resident ADD CONSTRAINT registry_resident_kept
    FOREIGN KEY (pooling_area, merged_into_id)
    REFERENCES registry_resident (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_merge ADD CONSTRAINT registry_merge_kept
    FOREIGN KEY (pooling_area, kept_id) REFERENCES registry_resident (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_merge ADD CONSTRAINT registry_merge_merged
    FOREIGN KEY (pooling_area, merged_id) REFERENCES registry_resident (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_notsame ADD CONSTRAINT registry_notsame_first
    FOREIGN KEY (pooling_area, first_id) REFERENCES registry_resident (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_notsame ADD CONSTRAINT registry_notsame_second
    FOREIGN KEY (pooling_area, second_id) REFERENCES registry_resident (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
"""
NO_KEYS = """
ALTER TABLE registry_notsame DROP CONSTRAINT registry_notsame_second;
ALTER TABLE registry_notsame DROP CONSTRAINT registry_notsame_first;
ALTER TABLE registry_merge DROP CONSTRAINT registry_merge_merged;
ALTER TABLE registry_merge DROP CONSTRAINT registry_merge_kept;
ALTER TABLE registry_resident DROP CONSTRAINT registry_resident_kept;
"""

# A merge takes both rows FOR UPDATE, so whoever enrols waits for it here, and it waits for whoever is enrolling.
NOTHING_NEW = """
CREATE FUNCTION registry_refuse_merged() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE kept bigint;
BEGIN
    SELECT merged_into_id INTO kept FROM registry_resident
        WHERE pooling_area = NEW.pooling_area AND id = NEW.resident_id FOR SHARE;
    IF kept IS NOT NULL THEN
        RAISE EXCEPTION 'resident % is merged into another row', NEW.resident_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'registry_nothing_new_for_merged';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION registry_enrol_once_for_both() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF NEW.state = 'live' AND EXISTS (
        SELECT FROM registry_resident r
        JOIN enrolment_enrolment e ON (e.pooling_area, e.resident_id) = (r.pooling_area, r.id)
        WHERE (r.pooling_area, r.merged_into_id) = (NEW.pooling_area, NEW.resident_id)
          AND e.benefit_year = NEW.benefit_year AND e.state = 'live'
    ) THEN
        RAISE EXCEPTION 'resident % is enrolled under a row that was merged', NEW.resident_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'registry_enrolled_as_merged';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER registry_refuses_merged BEFORE INSERT ON enrolment_enrolment
    FOR EACH ROW EXECUTE FUNCTION registry_refuse_merged();
CREATE TRIGGER registry_refuses_merged BEFORE INSERT ON billing_bill
    FOR EACH ROW EXECUTE FUNCTION registry_refuse_merged();
CREATE TRIGGER registry_sees_merged BEFORE INSERT ON enrolment_enrolment
    FOR EACH ROW EXECUTE FUNCTION registry_enrol_once_for_both();
"""
NO_NOTHING_NEW = """
DROP TRIGGER registry_sees_merged ON enrolment_enrolment;
DROP TRIGGER registry_refuses_merged ON billing_bill;
DROP TRIGGER registry_refuses_merged ON enrolment_enrolment;
DROP FUNCTION registry_enrol_once_for_both();
DROP FUNCTION registry_refuse_merged();
"""

NO_CHAIN = """
CREATE FUNCTION registry_merge_two() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (
        SELECT FROM registry_resident r WHERE r.pooling_area = NEW.pooling_area
          AND (r.merged_into_id = NEW.id OR r.id = NEW.merged_into_id AND r.merged_into_id IS NOT NULL)
    ) THEN
        RAISE EXCEPTION 'resident % is part of another merge', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'registry_no_chain_of_merges';
    END IF;
    IF EXISTS (
        SELECT FROM enrolment_enrolment e
        WHERE (e.pooling_area, e.resident_id, e.state) = (NEW.pooling_area, NEW.id, 'live') AND (
            NOT EXISTS (SELECT FROM billing_bill b
                WHERE (b.pooling_area, b.resident_id, b.benefit_year, b.state)
                    = (e.pooling_area, e.resident_id, e.benefit_year, 'settled'))
            OR EXISTS (SELECT FROM enrolment_enrolment other
                WHERE (other.pooling_area, other.resident_id, other.benefit_year, other.state)
                    = (e.pooling_area, NEW.merged_into_id, e.benefit_year, 'live')))
    ) THEN
        RAISE EXCEPTION 'resident % has an enrolment that would be left open or stand twice', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'registry_merge_leaves_nothing_open';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER registry_merges_two BEFORE INSERT OR UPDATE OF merged_into_id ON registry_resident
    FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL) EXECUTE FUNCTION registry_merge_two();
"""
NO_NO_CHAIN = "DROP TRIGGER registry_merges_two ON registry_resident; DROP FUNCTION registry_merge_two();"


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0006_merges"),
        ("enrolment", "0002_keys_and_history"),
        ("billing", "0002_laws"),
    ]

    operations = [
        migrations.RunSQL(KEYS, NO_KEYS),
        migrations.RunSQL(NOTHING_NEW, NO_NOTHING_NEW),
        migrations.RunSQL(NO_CHAIN, NO_NO_CHAIN),
    ]
