"""Nobody is enrolled who had died by the day of registration, by whatever statement the rows come."""

from django.db import migrations

TRIGGER = """
CREATE FUNCTION enrolment_of_the_living() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written n JOIN registry_resident r ON (r.pooling_area, r.id) = (n.pooling_area, n.resident_id)
        WHERE n.state = 'live' AND r.died_on <= n.registered_on
    ) THEN
        RAISE EXCEPTION 'somebody of these had died by the day of registration'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'enrolment_of_the_living';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER enrolment_of_the_living AFTER INSERT ON enrolment_enrolment
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION enrolment_of_the_living();
"""
NO_TRIGGER = """
DROP TRIGGER enrolment_of_the_living ON enrolment_enrolment;
DROP FUNCTION enrolment_of_the_living();
"""


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0012_maintenance_and_ends")]
    operations = [migrations.RunSQL(TRIGGER, NO_TRIGGER)]
