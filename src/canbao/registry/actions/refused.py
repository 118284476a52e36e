"""Which constraint of the database refused."""

from __future__ import annotations

from django.db import IntegrityError


def constraint_of(error: IntegrityError) -> str:
    """Its name; empty if the error tells none."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnostics, "constraint_name", None) or "")
