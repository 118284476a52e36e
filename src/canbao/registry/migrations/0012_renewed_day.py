from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_people_by_tails")]

    operations = [
        migrations.CreateModel(
            name="RenewedDay",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="registry_one_renewed_day")],
            },
        ),
        migrations.AddIndex(
            model_name="residentfact",
            index=models.Index(fields=["from_on"], name="registry_facts_begin"),
        ),
        migrations.AddIndex(
            model_name="residentfact",
            index=models.Index(
                condition=models.Q(("until_on__isnull", False)), fields=["until_on"], name="registry_facts_end"
            ),
        ),
    ]
