"""Who took which lists of people away."""

from __future__ import annotations

from canbao.intake.models import ExportLog
from canbao.kernel.scope import Scope


def exports(scope: Scope, limit: int = 200) -> list[ExportLog]:
    """Who took which lists away, latest first."""
    return list(ExportLog.objects.filter(scope.q("area_code")).order_by("-at", "-id")[:limit])
