"""Who made a row of a table that keeps its history; and no role twice for one login, place and day."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

ADDITIONS = """
-- Of the definer, so that nobody else needs the right to write it. The arguments are the columns of the key.
CREATE FUNCTION staff_keep_addition() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE line jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO staff_addition (pooling_area, village_code, at, actor_id, actor_name, purpose, table_name, row_id)
    SELECT line ->> 'pooling_area', coalesce(line ->> 'village_code', line ->> 'area_code'),
           staff_now() + (clock_timestamp() - now()), nullif(current_setting('canbao.actor', true), '')::bigint,
           coalesce(nullif(current_setting('canbao.actor_name', true), ''), session_user),
           coalesce(current_setting('canbao.purpose', true), ''), TG_TABLE_NAME,
           (SELECT string_agg(line ->> k, ',' ORDER BY i) FROM unnest(TG_ARGV) WITH ORDINALITY AS a (k, i));
    RETURN NULL;
END $$;
CREATE TRIGGER staff_addition_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_addition
    FOR EACH STATEMENT EXECUTE FUNCTION staff_refuse_change();
"""
BACK = """
DROP TRIGGER staff_addition_only_grows ON staff_addition;
DROP FUNCTION staff_keep_addition() CASCADE;
"""
# What was granted twice holds as long as it did: of two grants that meet, one ends where the other begins.
MEETING = """
DO $$
DECLARE met record;
BEGIN
    LOOP
        SELECT a.id AS a_id, b.id AS b_id, greatest(a.from_on, b.from_on) AS seam,
               coalesce(b.until_on, 'infinity') > coalesce(a.until_on, 'infinity') AS b_outlasts, b.from_on AS b_from
        INTO met
        FROM staff_grant a JOIN staff_grant b USING (login_id, role, area_code)
        WHERE a.id < b.id AND daterange(a.from_on, a.until_on) && daterange(b.from_on, b.until_on) LIMIT 1;
        EXIT WHEN NOT FOUND;
        IF met.b_outlasts THEN
            UPDATE staff_grant SET until_on = met.seam WHERE id = met.a_id;
        ELSE
            UPDATE staff_grant SET until_on = met.b_from WHERE id = met.b_id;
        END IF;
    END LOOP;
END $$;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0006_grants_that_never_began")]
    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Addition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6, null=True)),
                ("village_code", models.CharField(max_length=12, null=True)),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(max_length=120)),
                ("purpose", models.CharField(max_length=60)),
                ("table_name", models.CharField(max_length=63)),
                ("row_id", models.CharField(max_length=120)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["table_name", "row_id"], name="staff_addition_of_row"),
                    models.Index(fields=["actor_id", "-at"], name="staff_addition_by_actor"),
                    models.Index(fields=["-at"], name="staff_addition_latest"),
                ],
            },
        ),
        migrations.RunSQL(ADDITIONS, BACK),
        migrations.RunSQL(MEETING, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "grant",
            django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("login", "="),
                    ("role", "="),
                    ("area_code", "="),
                    (
                        models.Func(
                            models.F("from_on"),
                            models.F("until_on"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="daterange",
                        ),
                        "&&",
                    ),
                ],
                name="staff_grant_once_a_day",
            ),
        ),
    ]
