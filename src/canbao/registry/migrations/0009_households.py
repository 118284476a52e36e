"""Where a household lives, and who left it."""

import django.db.models.deletion
from django.db import migrations, models

KEYS = """
ALTER TABLE registry_formermember ADD CONSTRAINT registry_former_member
    FOREIGN KEY (pooling_area, resident_id)
    REFERENCES registry_resident (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_formermember ADD CONSTRAINT registry_former_member_of
    FOREIGN KEY (pooling_area, household_id)
    REFERENCES registry_household (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
"""
LEAVING = """
CREATE FUNCTION registry_remember_member() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    INSERT INTO registry_formermember (pooling_area, household_id, resident_id, kinship, until_at, by)
    VALUES (OLD.pooling_area, OLD.household_id, OLD.id, OLD.kinship, staff_now() + (clock_timestamp() - now()),
            coalesce(nullif(current_setting('canbao.actor_name', true), ''), session_user));
    RETURN NULL;
END $$;
CREATE TRIGGER registry_leaves_household AFTER UPDATE OF household_id ON registry_resident FOR EACH ROW
    WHEN (OLD.household_id IS NOT NULL AND OLD.household_id IS DISTINCT FROM NEW.household_id)
    EXECUTE FUNCTION registry_remember_member();
"""
STAYING = """
DROP TRIGGER registry_leaves_household ON registry_resident;
DROP FUNCTION registry_remember_member();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0008_names_by_characters"),
    ]

    operations = [
        migrations.AddField(
            model_name="household",
            name="address",
            field=models.CharField(db_default="", default="", max_length=100),
        ),
        migrations.CreateModel(
            name="FormerMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                (
                    "kinship",
                    models.CharField(
                        choices=[
                            ("head", "户主"),
                            ("spouse", "配偶"),
                            ("child", "子女"),
                            ("child_in_law", "儿媳或女婿"),
                            ("grandchild", "孙子女"),
                            ("parent", "父母"),
                            ("other", "其他"),
                        ],
                        max_length=12,
                        null=True,
                    ),
                ),
                ("until_at", models.DateTimeField()),
                ("by", models.CharField(max_length=120)),
                (
                    "household",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_members",
                        to="registry.household",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_households",
                        to="registry.resident",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pooling_area", "household"], name="registry_former_members")],
            },
        ),
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(LEAVING, STAYING),
    ]
