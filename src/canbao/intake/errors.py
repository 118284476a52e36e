"""The rows of a file that cannot be taken, given back as they came, each with its reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.utils.translation import get_language, gettext

from canbao.intake.actions.contents import file_of
from canbao.intake.judging import columns_of
from canbao.intake.models import Batch
from canbao.intake.queries.batches import faults_of, unwritable_of
from canbao.intake.reading.mapping import locate
from canbao.intake.reading.records import shown
from canbao.intake.sources import source
from canbao.intake.writing import sheet_of


def error_sheet(found: Batch) -> bytes:
    """An .xlsx of the refused rows: why and what to do, the row's place in the file, then its own cells."""
    language = get_language() or "zh-hans"
    reasons: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in unwritable_of(found).iterator():
        for fault in faults_of(row):
            if (said := fault.text(language)) not in reasons[row.sheet, row.row]:
                reasons[row.sheet, row.row].append(said)
    headings = [gettext("原因"), gettext("表"), gettext("行号"), *found.headings]
    return sheet_of(gettext("不能写入的行"), headings, _rows(found, reasons))


def _rows(found: Batch, reasons: dict[tuple[str, int], list[str]]) -> Iterator[list[str]]:
    located = locate(file_of(found), columns_of(source(found.source), found.options))
    width = len(found.headings)
    for sheet, header_row in located.sheets:
        for number, row in sheet.rows():
            said = reasons.get((sheet.name[:100], number))
            if said and number > header_row:
                cells = shown(row)[:width]
                yield ["；".join(said), sheet.name, str(number), *cells]
