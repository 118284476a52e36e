"""Counts of villages, and the marks by which a village says that it must be counted anew.

A mark is a row that is only added: whoever pays or registers never waits for somebody who does so in the same village.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

# What a count asks of a resident; a new seal or a corrected name touches nobody's count.
ASKED = (
    "village_code", "birth_on", "sex", "hukou_area", "hukou_kind", "hukou_since", "residence_area", "residence_permit",
    "permit_relation", "student", "school_area", "disability_grade", "employee_insured", "insured_elsewhere",
    "attributes", "died_on",
)  # fmt: skip

TOUCHING = f"""
CREATE FUNCTION supervision_touch_place() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO supervision_touchedvillage (pooling_area, village_code)
            SELECT DISTINCT pooling_area, village_code FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO supervision_touchedvillage (pooling_area, village_code)
            SELECT DISTINCT pooling_area, village_code FROM old_rows;
    ELSE
        INSERT INTO supervision_touchedvillage (pooling_area, village_code)
            SELECT DISTINCT o.pooling_area, place.village_code
            FROM old_rows o JOIN new_rows n ON (n.pooling_area, n.id) = (o.pooling_area, o.id)
            CROSS JOIN LATERAL (VALUES (o.village_code), (n.village_code)) AS place (village_code)
            WHERE ({", ".join(f"o.{column}" for column in ASKED)})
                IS DISTINCT FROM ({", ".join(f"n.{column}" for column in ASKED)});
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION supervision_touch_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO supervision_touchedvillage (pooling_area, village_code)
            SELECT DISTINCT r.pooling_area, r.village_code FROM new_rows n
            JOIN registry_resident r ON (r.pooling_area, r.id) = (n.pooling_area, n.resident_id);
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO supervision_touchedvillage (pooling_area, village_code)
            SELECT DISTINCT r.pooling_area, r.village_code FROM old_rows o
            JOIN registry_resident r ON (r.pooling_area, r.id) = (o.pooling_area, o.resident_id);
    END IF;
    RETURN NULL;
END $$;
"""
OF_PERSONS = (
    "registry_residentcategory", "enrolment_enrolment", "enrolment_unenrolledreason", "billing_bill",
    "entitlement_cover",
)  # fmt: skip
SEEN = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}
TRIGGERS = "".join(
    f"CREATE TRIGGER supervision_{event} AFTER {event.upper()} ON {table} {seen} "
    f"FOR EACH STATEMENT EXECUTE FUNCTION {function}();\n"
    for table, function in (
        ("registry_resident", "supervision_touch_place"),
        *((table, "supervision_touch_person") for table in OF_PERSONS),
    )
    for event, seen in SEEN.items()
)
NO_TRIGGERS = "".join(
    f"DROP TRIGGER supervision_{event} ON {table};\n" for table in ("registry_resident", *OF_PERSONS) for event in SEEN
)
NO_TOUCHING = "DROP FUNCTION supervision_touch_place(); DROP FUNCTION supervision_touch_person();"


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0001_saved_filters"),
        ("registry", "0012_renewed_day"),
        ("enrolment", "0005_unenrolled_reasons"),
        ("billing", "0002_laws"),
        ("entitlement", "0002_laws"),
    ]

    operations = [
        migrations.CreateModel(
            name="TouchedVillage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("village_code", models.CharField(max_length=12)),
            ],
        ),
        migrations.CreateModel(
            name="VillageCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "pooling_area",
                        "counted_by",
                        "village_code",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("pooling_area", models.CharField(max_length=6)),
                ("counted_by", models.CharField(max_length=32)),
                ("village_code", models.CharField(max_length=12)),
                ("policy_id", models.CharField(max_length=20)),
                ("as_of", models.DateField()),
                ("stale", models.BooleanField(default=False)),
                ("numbers", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
            ],
        ),
        migrations.RunSQL(TOUCHING, NO_TOUCHING),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
