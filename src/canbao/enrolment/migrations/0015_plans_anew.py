"""The triggers on enrolments make their plan anew for each statement, person by person through the keys.

A plan that a session made while the tables were empty stayed with it: a county's first list then read the whole table
for each of its people.
"""

from importlib import import_module

from django.db import migrations

ONCE = """
CREATE OR REPLACE FUNCTION enrolment_once_in_all_areas() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE lock_of int; twice int; year int;
BEGIN
    FOR lock_of IN EXECUTE
        'SELECT DISTINCT enrolment_lock_of(r.number_index, n.benefit_year) AS n
         FROM written n JOIN registry_resident r ON (r.pooling_area, r.id) = (n.pooling_area, n.resident_id)
         WHERE n.state = ''live'' AND r.number_index IS NOT NULL ORDER BY n'
    LOOP
        PERFORM pg_advisory_xact_lock(7896, lock_of);
    END LOOP;
    -- OFFSET 0 keeps each look a look by key, whatever the statistics say.
    EXECUTE
        'SELECT count(*), min(n.benefit_year)
         FROM written n JOIN registry_resident r ON (r.pooling_area, r.id) = (n.pooling_area, n.resident_id)
         CROSS JOIN LATERAL (
             SELECT o.pooling_area, o.id FROM registry_resident o
             WHERE o.number_index = r.number_index AND o.pooling_area <> n.pooling_area OFFSET 0) o
         WHERE n.state = ''live'' AND EXISTS (
             SELECT FROM enrolment_enrolment e
             WHERE (e.pooling_area, e.resident_id, e.benefit_year) = (o.pooling_area, o.id, n.benefit_year)
               AND e.state = ''live'' OFFSET 0)'
        INTO twice, year;
    IF twice > 0 THEN
        RAISE EXCEPTION '% of these people are enrolled for % in another pooling area', twice, year
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'enrolment_once_in_all_areas';
    END IF;
    RETURN NULL;
END $$;
"""
LIVING = """
CREATE OR REPLACE FUNCTION enrolment_of_the_living() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE dead boolean;
BEGIN
    EXECUTE
        'SELECT EXISTS (
             SELECT FROM written n JOIN registry_resident r ON (r.pooling_area, r.id) = (n.pooling_area, n.resident_id)
             WHERE n.state = ''live'' AND r.died_on <= n.registered_on)'
        INTO dead;
    IF dead THEN
        RAISE EXCEPTION 'somebody of these had died by the day of registration'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'enrolment_of_the_living';
    END IF;
    RETURN NULL;
END $$;
"""


def _former(migration: str) -> str:
    """The function alone, as the migration before made it."""
    made: str = import_module(f"canbao.enrolment.migrations.{migration}").TRIGGER
    return made.partition("CREATE TRIGGER")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0014_newcomers")]
    operations = [
        migrations.RunSQL(ONCE, _former("0010_once_in_all_areas")),
        migrations.RunSQL(LIVING, _former("0013_the_living")),
    ]
