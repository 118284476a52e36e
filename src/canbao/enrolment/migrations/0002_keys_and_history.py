"""Keys that begin with the pooling area, the policy's own year, and a history that can only grow."""

from django.db import migrations

KEYS = """
ALTER TABLE enrolment_enrolment ADD CONSTRAINT enrolment_resident
    FOREIGN KEY (pooling_area, resident_id)
    REFERENCES registry_resident (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE enrolment_enrolment ADD CONSTRAINT enrolment_year_of_policy
    CHECK (right(policy_id, 4)::int = benefit_year);
ALTER TABLE enrolment_enrolmentchange ADD CONSTRAINT enrolment_change_of
    FOREIGN KEY (pooling_area, enrolment_id)
    REFERENCES enrolment_enrolment (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
"""

HISTORY = """
CREATE FUNCTION enrolment_history_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'enrolment history is only added to' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER enrolment_history_only_grows BEFORE UPDATE OR DELETE ON enrolment_enrolmentchange
    FOR EACH STATEMENT EXECUTE FUNCTION enrolment_history_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0001_initial"), ("registry", "0002_keys_and_check_digit")]

    operations = [
        migrations.RunSQL(
            KEYS,
            "ALTER TABLE enrolment_enrolmentchange DROP CONSTRAINT enrolment_change_of;"
            "ALTER TABLE enrolment_enrolment DROP CONSTRAINT enrolment_year_of_policy;"
            "ALTER TABLE enrolment_enrolment DROP CONSTRAINT enrolment_resident",
        ),
        migrations.RunSQL(
            HISTORY,
            "DROP TRIGGER enrolment_history_only_grows ON enrolment_enrolmentchange;"
            "DROP FUNCTION enrolment_history_only_grows()",
        ),
    ]
