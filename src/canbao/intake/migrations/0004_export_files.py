"""Long lists on their way out."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0003_undo_and_removal"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExportFile",
            fields=[
                (
                    "log",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="intake.exportlog",
                    ),
                ),
                ("owner_id", models.BigIntegerField()),
                ("made_of", models.JSONField()),
                ("language", models.CharField(max_length=10)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("making", "正在生成"),
                            ("ready", "可以下载"),
                            ("failed", "没有生成"),
                            ("removed", "已删除"),
                        ],
                        default="making",
                        max_length=7,
                    ),
                ),
                ("name", models.CharField(default="", max_length=100)),
                ("rows", models.IntegerField(default=0)),
                ("token", models.CharField(max_length=64)),
                ("content_key", models.BinaryField()),
                ("asked_at", models.DateTimeField()),
                ("ready_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["owner_id", "-asked_at"], name="intake_files_of")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["making", "ready", "failed", "removed"])),
                        name="intake_file_state",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ExportPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.IntegerField()),
                ("sealed", models.BinaryField()),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="intake.exportfile",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("file", "position"), name="intake_export_piece_once")],
            },
        ),
    ]
