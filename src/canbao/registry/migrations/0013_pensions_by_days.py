"""Who draws an employee's pension since when: a fact with its days, in the place of an attribute without any."""

from django.db import migrations, models

TAKEN_OVER = """
INSERT INTO registry_residentfact (pooling_area, resident_id, kind, from_on, source, evidence)
    SELECT pooling_area, id, 'pension', (attributes ->> 'employee_pension_since')::date, 'human_resources', ''
    FROM registry_resident WHERE attributes -> 'employee_pension_since' IS NOT NULL;
UPDATE registry_resident SET attributes = attributes - 'employee_pension_since'
    WHERE attributes -> 'employee_pension_since' IS NOT NULL;
"""
GIVEN_BACK = """
UPDATE registry_resident r SET attributes = attributes || jsonb_build_object('employee_pension_since', f.from_on)
    FROM registry_residentfact f WHERE (f.pooling_area, f.resident_id) = (r.pooling_area, r.id) AND f.kind = 'pension';
DELETE FROM registry_residentfact WHERE kind = 'pension';
"""


KINDS = [
    ("hukou", "户籍"), ("residence", "居住"), ("permit", "居住证"), ("student", "在读"),
    ("employee_insurance", "职工医保"), ("other_insurance", "异地居民医保"), ("disability", "残疾等级"),
    ("pension", "职工养老金"),
]  # fmt: skip
VALUE = models.Q(
    models.Q(
        ("area_code__isnull", False),
        ("grade__isnull", True),
        ("kind", "hukou"),
        models.Q(("code__isnull", True), ("code__in", ["rural", "urban"]), _connector="OR"),
    ),
    models.Q(("area_code__isnull", False), ("code__isnull", True), ("grade__isnull", True), ("kind", "residence")),
    models.Q(
        ("code__in", ["ordinary", "points_qualified", "class_b", "foreign_permanent", "hmt"]),
        ("code__isnull", False),
        ("detail__in", ["holder", "spouse", "child"]),
        ("detail__isnull", False),
        ("grade__isnull", True),
        ("kind", "permit"),
    ),
    models.Q(
        ("code__in", ["preschool", "pupil", "vocational", "university"]),
        ("code__isnull", False),
        ("grade__isnull", True),
        ("kind", "student"),
    ),
    models.Q(
        ("code__isnull", True),
        ("grade__isnull", True),
        ("kind__in", ["employee_insurance", "other_insurance", "pension"]),
    ),
    models.Q(("code__isnull", True), ("grade__isnull", False), ("grade__range", (1, 4)), ("kind", "disability")),
    _connector="OR",
)


class Migration(migrations.Migration):
    dependencies = [("registry", "0012_renewed_day")]

    operations = [
        migrations.RemoveConstraint(model_name="residentfact", name="registry_fact_value"),
        migrations.AlterField(
            model_name="residentfact", name="kind", field=models.CharField(choices=KINDS, max_length=20)
        ),
        migrations.AddConstraint(
            model_name="residentfact",
            constraint=models.CheckConstraint(condition=VALUE, name="registry_fact_value"),
        ),
        # Last: a table whose rows wait for their checks cannot be altered any more.
        migrations.RunSQL(TAKEN_OVER, GIVEN_BACK),
    ]
