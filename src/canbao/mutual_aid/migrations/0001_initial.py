import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("payments", "0009_debit_and_list_laws"),
        ("registry", "0014_birth"),
    ]

    operations = [
        migrations.CreateModel(
            name="AidRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("policy_id", models.CharField(max_length=20)),
                ("group", models.CharField(max_length=30)),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "进行中"), ("done", "已完成"), ("failed", "已中断")],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("total", models.IntegerField()),
                ("captured", models.IntegerField(default=0)),
                ("captured_fen", models.BigIntegerField(default=0)),
                ("failed", models.IntegerField(default=0)),
                ("slices", models.IntegerField(default=0)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(max_length=120)),
                ("approval_id", models.BigIntegerField(null=True)),
                ("asked_by", models.CharField(default="", max_length=120)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("fault", models.CharField(default="", max_length=60)),
            ],
            options={
                "indexes": [models.Index(fields=["pooling_area", "-started_at"], name="mutual_aid_runs")],
                "constraints": [
                    models.UniqueConstraint(fields=("pooling_area", "id"), name="mutual_aid_run_key"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")),
                        fields=("policy_id", "group"),
                        name="mutual_aid_run_one_running",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["running", "done", "failed"])), name="mutual_aid_run_state"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BalanceList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("digest", models.CharField(max_length=64)),
                ("as_of", models.DateField()),
                ("accounts", models.IntegerField()),
                ("total_fen", models.BigIntegerField()),
                ("let_go", models.IntegerField(default=0)),
                ("taken_at", models.DateTimeField()),
                ("taken_by", models.CharField(max_length=120)),
            ],
            options={
                "indexes": [models.Index(fields=["pooling_area", "-taken_at"], name="mutual_aid_lists")],
                "constraints": [
                    models.UniqueConstraint(fields=("pooling_area", "id"), name="mutual_aid_list_key"),
                    models.UniqueConstraint(fields=("pooling_area", "digest"), name="mutual_aid_list_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonalAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("past_year_fen", models.BigIntegerField(default=0)),
                ("as_of", models.DateField(null=True)),
                ("held_fen", models.BigIntegerField(default=0)),
                ("taken_fen", models.BigIntegerField(default=0)),
                (
                    "holder",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.resident",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Balance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("past_year_fen", models.BigIntegerField()),
                (
                    "of",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="mutual_aid.balancelist",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="mutual_aid.personalaccount",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Relative",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("policy_id", models.CharField(max_length=20)),
                ("relation", models.CharField(max_length=30)),
                ("kinship_evidence", models.CharField(max_length=200)),
                ("limit_fen", models.BigIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "等组建人同意"),
                            ("agreed", "已同意"),
                            ("refused", "组建人不同意"),
                            ("ended", "已退出"),
                        ],
                        default="proposed",
                        max_length=8,
                    ),
                ),
                ("member_agreed_at", models.DateTimeField()),
                ("member_evidence", models.CharField(max_length=200)),
                ("holder_agreed_at", models.DateTimeField(null=True)),
                ("holder_evidence", models.CharField(default="", max_length=200)),
                ("code_digest", models.CharField(default="", max_length=64)),
                ("recorded_by", models.CharField(max_length=120)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(default="", max_length=120)),
                ("ended_because", models.CharField(default="", max_length=200)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relatives",
                        to="mutual_aid.personalaccount",
                    ),
                ),
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
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("benefit_year", models.SmallIntegerField()),
                ("policy_id", models.CharField(max_length=20)),
                ("group", models.CharField(max_length=30)),
                ("bill_id", models.BigIntegerField(null=True)),
                ("amount_fen", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("chosen", "等参保审核"),
                            ("held", "已确认，待扣款"),
                            ("captured", "扣款成功"),
                            ("released", "已撤回"),
                            ("failed", "未扣款"),
                            ("returned", "已退回账户"),
                        ],
                        default="held",
                        max_length=8,
                    ),
                ),
                ("confirmed_at", models.DateTimeField()),
                ("confirmed_by", models.CharField(max_length=120)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("resolved_by", models.CharField(default="", max_length=120)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("short", "历年结余不够付全额"),
                            ("paid_otherwise", "已用别的方式缴清"),
                            ("no_bill", "没有应缴单"),
                            ("nothing_to_pay", "不用个人缴费"),
                            ("left", "已退出共济网"),
                            ("not_standing", "参保情况有变"),
                            ("expired", "到待遇年度开始还没有扣款"),
                        ],
                        default="",
                        max_length=20,
                    ),
                ),
                ("counts_at", models.DateTimeField(null=True)),
                (
                    "capture",
                    models.OneToOneField(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.capture",
                    ),
                ),
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
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="mutual_aid.aidrun",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="mutual_aid.personalaccount",
                    ),
                ),
                (
                    "relative",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="mutual_aid.relative",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AidMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("text", models.CharField(max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待发送"), ("sent", "已发送"), ("no_phone", "没有手机号，未发送")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("written_at", models.DateTimeField()),
                ("tries", models.IntegerField(default=0)),
                ("send_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
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
                (
                    "hold",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="mutual_aid.hold",
                    ),
                ),
                (
                    "relative",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="mutual_aid.relative",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="personalaccount",
            constraint=models.UniqueConstraint(fields=("pooling_area", "id"), name="mutual_aid_account_key"),
        ),
        migrations.AddConstraint(
            model_name="personalaccount",
            constraint=models.UniqueConstraint(fields=("pooling_area", "holder"), name="mutual_aid_account_of_one"),
        ),
        migrations.AddConstraint(
            model_name="personalaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("held_fen__gte", 0),
                    (
                        "past_year_fen__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("held_fen"), "+", models.F("taken_fen")
                        ),
                    ),
                    ("taken_fen__gte", 0),
                ),
                name="mutual_aid_account_covers",
            ),
        ),
        migrations.AddConstraint(
            model_name="balance",
            constraint=models.UniqueConstraint(fields=("of", "account"), name="mutual_aid_balance_once"),
        ),
        migrations.AddConstraint(
            model_name="balance",
            constraint=models.CheckConstraint(
                condition=models.Q(("past_year_fen__gte", 0)), name="mutual_aid_balance_positive"
            ),
        ),
        migrations.AddIndex(
            model_name="relative",
            index=models.Index(fields=["pooling_area", "resident", "state"], name="mutual_aid_relatives_of"),
        ),
        migrations.AddIndex(
            model_name="relative",
            index=models.Index(fields=["pooling_area", "state", "id"], name="mutual_aid_relatives_wait"),
        ),
        migrations.AddConstraint(
            model_name="relative",
            constraint=models.UniqueConstraint(fields=("pooling_area", "id"), name="mutual_aid_relative_key"),
        ),
        migrations.AddConstraint(
            model_name="relative",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("proposed", "agreed"))),
                fields=("pooling_area", "account", "resident"),
                name="mutual_aid_relative_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="relative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("holder_agreed_at__isnull", True), ("state", "proposed")),
                    models.Q(
                        ("ended_at__isnull", True),
                        ("holder_agreed_at__isnull", False),
                        ("state", "agreed"),
                        models.Q(("holder_evidence", ""), _negated=True),
                    ),
                    models.Q(("ended_at__isnull", False), ("state__in", ("refused", "ended"))),
                    _connector="OR",
                ),
                name="mutual_aid_relative_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="relative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kinship_evidence", ""), _negated=True), models.Q(("member_evidence", ""), _negated=True)
                ),
                name="mutual_aid_relative_evidence",
            ),
        ),
        migrations.AddConstraint(
            model_name="relative",
            constraint=models.CheckConstraint(
                condition=models.Q(("limit_fen__isnull", True), ("limit_fen__gt", 0), _connector="OR"),
                name="mutual_aid_relative_limit",
            ),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(
                condition=models.Q(("state", "held")),
                fields=["pooling_area", "policy_id", "group", "id"],
                name="mutual_aid_holds_open",
            ),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(fields=["pooling_area", "account"], name="mutual_aid_holds_on"),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(fields=["pooling_area", "run", "state"], name="mutual_aid_holds_of_run"),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(fields=("pooling_area", "id"), name="mutual_aid_hold_key"),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("chosen", "held", "captured"))),
                fields=("pooling_area", "resident", "benefit_year"),
                name="mutual_aid_hold_one_a_year",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount_fen", 0), ("bill_id__isnull", True), ("resolved_at__isnull", True), ("state", "chosen")
                    ),
                    models.Q(
                        ("amount_fen__gt", 0),
                        ("bill_id__isnull", False),
                        ("resolved_at__isnull", True),
                        ("state", "held"),
                    ),
                    models.Q(
                        ("amount_fen__gt", 0),
                        ("capture__isnull", False),
                        ("counts_at__isnull", False),
                        ("resolved_at__isnull", False),
                        ("state__in", ("captured", "returned")),
                    ),
                    models.Q(("capture__isnull", True), ("resolved_at__isnull", False), ("state", "released")),
                    models.Q(
                        ("capture__isnull", True),
                        ("resolved_at__isnull", False),
                        ("state", "failed"),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="mutual_aid_hold_state",
            ),
        ),
        migrations.AddIndex(
            model_name="aidmessage",
            index=models.Index(
                condition=models.Q(("send_at__isnull", False)), fields=["send_at"], name="mutual_aid_messages_to_send"
            ),
        ),
        migrations.AddConstraint(
            model_name="aidmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "sent", "no_phone"])), name="mutual_aid_message_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="aidmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("send_at__isnull", True), ("sent_at__isnull", False), ("state", "sent")),
                    models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", True)),
                    _connector="OR",
                ),
                name="mutual_aid_message_sent",
            ),
        ),
    ]
