from django.db import migrations, models

STATES = [
    ("mapping", "待核对列"),
    ("reading", "正在预览"),
    ("previewed", "待提交"),
    ("waiting", "待复核"),
    ("applying", "正在写入"),
    ("applied", "已写入"),
    ("outdated", "登记已变，需重新预览"),
    ("failed", "中断"),
    ("withdrawn", "已撤回"),
    ("undo_asked", "待复核撤销"),
    ("undoing", "正在撤销"),
    ("undone", "已撤销"),
]


class Migration(migrations.Migration):
    """A list that was applied can be undone by two people; its file and rows go when their time is over."""

    dependencies = [("intake", "0002_failed_files_stay")]

    operations = [
        migrations.AddField("batch", "removed_at", models.DateTimeField(null=True)),
        migrations.AlterField("batch", "state", models.CharField(choices=STATES, default="mapping", max_length=10)),
        migrations.RemoveConstraint("batch", "intake_batch_state"),
        migrations.AddConstraint(
            "batch",
            models.CheckConstraint(
                name="intake_batch_state", condition=models.Q(state__in=[state for state, _ in STATES])
            ),
        ),
    ]
