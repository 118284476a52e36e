"""Nobody is enrolled in two pooling areas for a year, by whatever statement the rows come: who writes last is refused.

`enrol` and `enrol_many` look before they write and say so politely; a whole list by COPY was not looked at. The trigger
takes the same locks as they do, so that of two areas at once the second sees what the first wrote.
"""

from django.db import migrations

TRIGGER = """
CREATE FUNCTION enrolment_once_in_all_areas() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE lock_of int; twice int; year int;
BEGIN
    FOR lock_of IN
        SELECT DISTINCT enrolment_lock_of(r.number_index, n.benefit_year) AS n
        FROM written n JOIN registry_resident r ON (r.pooling_area, r.id) = (n.pooling_area, n.resident_id)
        WHERE n.state = 'live' AND r.number_index IS NOT NULL ORDER BY n
    LOOP
        PERFORM pg_advisory_xact_lock(7896, lock_of);
    END LOOP;
    SELECT count(*), min(n.benefit_year) INTO twice, year
    FROM written n JOIN registry_resident r ON (r.pooling_area, r.id) = (n.pooling_area, n.resident_id)
    WHERE n.state = 'live' AND EXISTS (
        SELECT FROM registry_resident o
        JOIN enrolment_enrolment e ON (e.pooling_area, e.resident_id) = (o.pooling_area, o.id)
        WHERE o.number_index = r.number_index AND o.pooling_area <> n.pooling_area
          AND e.benefit_year = n.benefit_year AND e.state = 'live');
    IF twice > 0 THEN
        RAISE EXCEPTION '% of these people are enrolled for % in another pooling area', twice, year
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'enrolment_once_in_all_areas';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER enrolment_once_in_all_areas AFTER INSERT ON enrolment_enrolment
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION enrolment_once_in_all_areas();
"""
NO_TRIGGER = """
DROP TRIGGER enrolment_once_in_all_areas ON enrolment_enrolment;
DROP FUNCTION enrolment_once_in_all_areas();
"""


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0009_elsewhere_for_many")]
    operations = [migrations.RunSQL(TRIGGER, NO_TRIGGER)]
