"""The look at other pooling areas for a whole list at once, under the locks that single enrolments take too.

A lock for each number would fill the lock table of the server with one village; so the numbers share a fixed number of
locks, taken in order.
"""

from django.db import migrations

FORMER = """
CREATE OR REPLACE FUNCTION enrolment_elsewhere(sought bytea, wanted_year int, own_area text) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(sought, 'hex') || wanted_year, 0));
    RETURN (
        SELECT array_agg(DISTINCT e.pooling_area::text ORDER BY e.pooling_area::text)
        FROM registry_resident r
        JOIN enrolment_enrolment e ON (e.pooling_area, e.resident_id) = (r.pooling_area, r.id)
        WHERE r.number_index = sought AND r.pooling_area <> own_area AND e.benefit_year = wanted_year
          AND e.state = 'live'
    );
END $$;
DROP FUNCTION enrolments_elsewhere(bytea[], int, text, boolean);
DROP FUNCTION enrolment_lock_of(bytea, int);
"""

KEYS = """
ALTER TABLE enrolment_enrolment ADD CONSTRAINT enrolment_batch_of
    FOREIGN KEY (pooling_area, batch_id) REFERENCES enrolment_enrolmentbatch (pooling_area, id)
    DEFERRABLE INITIALLY DEFERRED;
"""

FOR_MANY = """
CREATE FUNCTION enrolment_lock_of(sought bytea, wanted_year int) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT (hashtextextended(encode(sought, 'hex') || wanted_year, 0) & 1023)::int
$$;

-- `taking`: whoever asks is about to enrol, and the next to ask waits for him.
CREATE FUNCTION enrolments_elsewhere(sought bytea[], wanted_year int, own_area text, taking boolean)
RETURNS TABLE (number_index bytea, places text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE lock_of int;
BEGIN
    IF taking THEN
        FOR lock_of IN SELECT DISTINCT enrolment_lock_of(s, wanted_year) AS n FROM unnest(sought) s ORDER BY n LOOP
            PERFORM pg_advisory_xact_lock(7896, lock_of);
        END LOOP;
    END IF;
    RETURN QUERY
        SELECT r.number_index, array_agg(DISTINCT e.pooling_area::text ORDER BY e.pooling_area::text)
        FROM registry_resident r
        JOIN enrolment_enrolment e ON (e.pooling_area, e.resident_id) = (r.pooling_area, r.id)
        WHERE r.number_index = ANY (sought) AND r.pooling_area <> own_area AND e.benefit_year = wanted_year
          AND e.state = 'live'
        GROUP BY r.number_index;
END $$;

CREATE OR REPLACE FUNCTION enrolment_elsewhere(sought bytea, wanted_year int, own_area text) RETURNS text[]
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT places FROM enrolments_elsewhere(ARRAY[sought], wanted_year, own_area, true)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0008_batches")]
    operations = [
        migrations.RunSQL(KEYS, "ALTER TABLE enrolment_enrolment DROP CONSTRAINT enrolment_batch_of"),
        migrations.RunSQL(FOR_MANY, FORMER),
    ]
