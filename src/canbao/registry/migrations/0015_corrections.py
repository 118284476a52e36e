import django.db.models.deletion
from django.db import migrations, models

KEYS = """
ALTER TABLE registry_categorytakenback ADD CONSTRAINT registry_taken_back_resident
    FOREIGN KEY (pooling_area, resident_id)
    REFERENCES registry_resident (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0014_birth"),
    ]

    operations = [
        migrations.AddField(
            model_name="merge",
            name="differs_because",
            field=models.CharField(db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="notsame",
            name="reason",
            field=models.CharField(db_default="", default="", max_length=200),
        ),
        migrations.CreateModel(
            name="CategoryTakenBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("code", models.CharField(max_length=40)),
                (
                    "certified_by",
                    models.CharField(
                        choices=[
                            ("civil_affairs", "民政部门"),
                            ("agriculture", "农业农村部门"),
                            ("disabled_federation", "残联"),
                            ("veterans_affairs", "退役军人事务部门"),
                            ("health", "卫生健康部门"),
                        ],
                        max_length=20,
                    ),
                ),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(null=True)),
                ("reason", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=120)),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.resident",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pooling_area", "resident"], name="registry_taken_back_of")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="registry_taken_back_reason"
                    )
                ],
            },
        ),
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
    ]
