"""Whether the same document number is enrolled in another pooling area: names of areas, and of nobody.

Of the definer, because whoever enrols may not see rows of other areas. The lock makes two areas that enrol the same
number at once take turns, so that the second sees what the first wrote.
"""

from django.db import migrations

ELSEWHERE = """
CREATE FUNCTION enrolment_elsewhere(sought bytea, wanted_year int, own_area text) RETURNS text[]
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
"""


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0006_applications"), ("registry", "0005_facts_on_a_day")]
    operations = [
        migrations.RunSQL(ELSEWHERE, "DROP FUNCTION enrolment_elsewhere(bytea, int, text)"),
    ]
