"""A grant may end on the day on which it begins: so one that has not begun is taken back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("staff", "0005_entry")]
    operations = [
        migrations.RemoveConstraint("grant", "staff_grant_days"),
        migrations.AddConstraint(
            "grant",
            models.CheckConstraint(
                name="staff_grant_days",
                condition=models.Q(("until_on__isnull", True), ("until_on__gte", models.F("from_on")), _connector="OR"),
            ),
        ),
    ]
