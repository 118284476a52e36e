"""What is true on a day, in one place for one person and for a whole county; keys that begin with the pooling area."""

from django.db import migrations

KEYS = """
ALTER TABLE registry_residentfact ADD CONSTRAINT registry_fact_resident
    FOREIGN KEY (pooling_area, resident_id)
    REFERENCES registry_resident (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_formerdocument ADD CONSTRAINT registry_former_resident
    FOREIGN KEY (pooling_area, resident_id)
    REFERENCES registry_resident (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
"""
NO_KEYS = """
ALTER TABLE registry_formerdocument DROP CONSTRAINT registry_former_resident;
ALTER TABLE registry_residentfact DROP CONSTRAINT registry_fact_resident;
"""

# A kind without any dated fact says nothing here: the resident's own columns hold then.
FACTS_ON = """
CREATE FUNCTION registry_facts_on(fund text, person bigint, day date) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public AS $$
    SELECT coalesce(jsonb_object_agg(said.key, said.value), '{}')
    FROM (
        SELECT DISTINCT kind FROM registry_residentfact WHERE (pooling_area, resident_id) = (fund, person)
    ) AS dated
    LEFT JOIN registry_residentfact f ON (f.pooling_area, f.resident_id, f.kind) = (fund, person, dated.kind)
        AND f.from_on <= day AND (f.until_on IS NULL OR f.until_on > day)
    CROSS JOIN LATERAL jsonb_each(CASE dated.kind
        WHEN 'hukou' THEN jsonb_build_object(
            'hukou_area', f.area_code, 'hukou_kind', f.code, 'hukou_since', f.since_on)
        WHEN 'residence' THEN jsonb_build_object('residence_area', f.area_code)
        WHEN 'permit' THEN jsonb_build_object('residence_permit', f.code, 'permit_relation', f.detail)
        WHEN 'student' THEN jsonb_build_object('student', f.code, 'school_area', f.area_code)
        WHEN 'employee_insurance' THEN jsonb_build_object('employee_insured', nullif(f.id IS NOT NULL, false))
        WHEN 'other_insurance' THEN jsonb_build_object('insured_elsewhere', nullif(f.id IS NOT NULL, false))
        WHEN 'disability' THEN jsonb_build_object('disability_grade', f.grade)
    END) AS said
$$
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_dated_facts")]

    operations = [
        migrations.RunSQL(KEYS, NO_KEYS),
        migrations.RunSQL(FACTS_ON, "DROP FUNCTION registry_facts_on"),
    ]
