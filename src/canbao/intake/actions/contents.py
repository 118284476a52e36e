"""Opening the file that a batch keeps."""

from __future__ import annotations

from canbao.intake import storing
from canbao.intake.models import Batch, Piece
from canbao.intake.reading.files import File, open_file


def file_of(found: Batch) -> File:
    """The batch's file, opened."""
    sealed = Piece.objects.filter(batch=found).order_by("position").values_list("position", "sealed")
    content = storing.content_of(found, ((position, bytes(piece)) for position, piece in sealed.iterator()))
    return open_file(content, measured=True)
