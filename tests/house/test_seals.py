"""Nothing sealed is forgotten when keys are rotated: binary columns say what they are, sealing files are known."""

from __future__ import annotations

import re

from django.apps import apps
from django.db.models import BinaryField

from canbao.staff.actions.keys import sealed_columns
from tests.house.sources import SRC, place, python_files, report

# What is binary and not sealed by the vault, with the reason.
OTHERWISE = {
    "ledger_entry.sm3": "a digest",
    "ledger_chainlink.sm3": "a digest",
    "ledger_dayseal.sm3": "a digest",
    "ledger_dayseal.prev_sm3": "a digest",
    "intake_piece.sealed": "under the key of its batch, intake_batch.content_key, which the vault seals",
    "intake_exportpiece.sealed": "under the key of its file, intake_exportfile.content_key, which the vault seals",
    "staff_recoverycode.digest": "a digest of random bits",
    "open_api_keptanswer.body": "an answer as it was given, with numbers masked",
}
# Who asks the vault to seal; what lands in a column or a file is declared by the room in its AppConfig.
SEALERS = {
    "registry/seals.py",
    "enrolment/models/applications.py",
    "enrolment/models/newcomers.py",
    "enrolment/evidence.py",
    "intake/storing.py",
    "staff/models/entry.py",
    "payments/models/channels.py",
    "payments/models/inbox.py",
}
_INDEX = re.compile(r"(.+)_(index|tail)")


def test_every_binary_column_is_sealed_and_rotated_or_says_why_not() -> None:
    sealed = {f"{model._meta.db_table}.{column}" for model, columns in sealed_columns().items() for column in columns}
    found = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        if model.__module__.startswith("canbao.")
        for field in model._meta.concrete_fields
        if isinstance(field, BinaryField)
    }
    indexes = {column for column in found if (index := _INDEX.fullmatch(column)) and f"{index[1]}_sealed" in sealed}

    report(
        found - sealed - indexes - set(OTHERWISE),
        "name it in `sealed` of the room's AppConfig, so that rotate-keys renews it, or in OTHERWISE with the reason",
    )
    report((sealed | set(OTHERWISE)) - found, "it is declared and is not there: take the declaration away")


def test_a_model_with_sealed_columns_can_seal_them_again() -> None:
    report(
        (model.__qualname__ for model in sealed_columns() if not callable(getattr(model, "seal_again", None))),
        "give it seal_again()",
    )


def test_every_file_that_seals_is_known() -> None:
    found = {
        file.relative_to(SRC).as_posix()
        for file in python_files()
        if re.search(r"\bring\(\)\s*\.seal\(", file.read_text(encoding="utf-8"))
    }

    assert found, "the vault is asked in another way: tell this test"
    report(
        (place(SRC / file) for file in found ^ SEALERS),
        "see that rotate-keys renews what it seals (tests/staff/test_keys.py), then name it in SEALERS",
    )
