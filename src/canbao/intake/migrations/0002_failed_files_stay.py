from django.db import migrations, models


class Migration(migrations.Migration):
    """A file whose reading failed is taken up again where it is, not handed in a second time."""

    dependencies = [("intake", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="batch", name="intake_file_once"),
        # Where the same file was handed in again after a fault, the one that failed gives way.
        migrations.RunSQL("UPDATE intake_batch SET state = 'withdrawn' WHERE state = 'failed'", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(
                fields=["pooling_area", "area_code", "source", "digest", "options"],
                condition=~models.Q(state__in=("withdrawn", "undone")),
                name="intake_file_once",
            ),
        ),
    ]
