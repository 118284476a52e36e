"""Who took which lists of people away."""

from __future__ import annotations

from collections.abc import Iterator

from canbao.intake import storing
from canbao.intake.models import ExportFile, ExportLog, ExportPiece, ExportState
from canbao.kernel.scope import Scope


def exports(scope: Scope, limit: int = 200) -> list[ExportLog]:
    """Who took which lists away, latest first."""
    return list(ExportLog.objects.filter(scope.q("area_code")).order_by("-at", "-id")[:limit])


def own_files(scope: Scope, what: str, limit: int = 10) -> list[ExportFile]:
    """The long lists of a kind that the actor asked for and that are not removed, latest first."""
    own = ExportFile.objects.filter(owner_id=scope.actor_id or 0, log__what=what).exclude(state=ExportState.REMOVED)
    return list(own.select_related("log").order_by("-asked_at", "-pk")[:limit])


def own_file(scope: Scope, log_id: int) -> ExportFile | None:
    """A file that is ready for its owner, while he may still take lists of its area away."""
    ready = ExportFile.objects.filter(owner_id=scope.actor_id or 0, state=ExportState.READY, log_id=log_id)
    found = ready.select_related("log").first()
    return found if found is not None and scope.covers(found.log.area_code) else None


def file_to_make(log_id: int) -> ExportFile | None:
    """For the job that makes it."""
    making = ExportFile.objects.filter(log_id=log_id, state=ExportState.MAKING)
    return making.select_related("log").first()


def content(file: ExportFile) -> Iterator[bytes]:
    """The file piece by piece."""
    pieces = ExportPiece.objects.filter(file=file).order_by("position").values_list("position", "sealed")
    sealed = ((position, bytes(piece)) for position, piece in pieces.iterator(8))
    return storing.opened_parts(file.token, bytes(file.content_key), sealed)
