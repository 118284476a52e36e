"""Lists that departments hand in row by row: the same way as a file, with preview and a second person's yes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from ninja import Path, Query, Router, Schema
from pydantic import Field, StringConstraints

from canbao.faces.open_api.actions import once
from canbao.faces.open_api.asking import scope_for, token_of
from canbao.faces.open_api.operations.answers import AreaCode, NoNul, ResidentId, Strict
from canbao.faces.open_api.operations.described import answers
from canbao.faces.open_api.operations.enrolments import Key
from canbao.faces.open_api.paging import PageQuery, cut
from canbao.faces.open_api.problems import Place, Problem
from canbao.faces.visit import clock
from canbao.intake import sources as lists
from canbao.intake.actions import batches as actions
from canbao.intake.models import Batch, Outcome, Row, State
from canbao.intake.queries import batches as queries
from canbao.intake.reading.mapping import Assigned
from canbao.intake.sources import Source
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.registry.queries.certifiers import certified_in

router = Router(tags=["lists"])
ROWS_MAX = 5000
SourceCode = Annotated[str, StringConstraints(pattern="^(" + "|".join(each.code for each in lists.SOURCES) + ")$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Cell = Annotated[str, NoNul, StringConstraints(max_length=200)]
BatchState = Annotated[str, StringConstraints(pattern="^(" + "|".join(State.values) + ")$")]
RowOutcome = Annotated[str, StringConstraints(pattern="^(" + "|".join(Outcome.values) + ")$")]


class ListRequest(Strict):
    area: AreaCode = Field(description="The area that the list is of")
    rows: list[dict[Code, Cell | None]] = Field(
        min_length=1, max_length=ROWS_MAX, description="Cells by the columns of the source, see listSources; text"
    )
    reference: Annotated[str, NoNul, StringConstraints(max_length=100)] = Field(
        "", description="The department's own name for the list"
    )
    department: Code | None = Field(None, description="Who certifies, for the source categories")
    category: Code | None = Field(None, description="If the whole list is of one category")


class ListColumn(Schema):
    key: str
    name: str
    required: bool
    example: str


class ListSource(Schema):
    code: str
    name: str
    about: str
    columns: list[ListColumn]


class ListCard(Schema):
    """Where a list is on its way. Counts are rows, known from `previewed` on."""

    batch_id: int
    source: str
    area: str
    reference: str
    state: BatchState
    new: int
    changed: int
    same: int
    refused: int
    skipped: int
    handed_in_at: datetime
    applied_at: datetime | None
    approver: str
    fault: str

    @classmethod
    def of(cls, row: Batch) -> ListCard:
        own = {"batch_id": row.pk, "area": row.area_code, "reference": row.file_name, "approver": row.approver_name}
        same = {name: getattr(row, name) for name in cls.model_fields if name not in own}
        return cls.model_validate({**same, **own})


class ListPage(Schema):
    items: list[ListCard]
    next: str | None


class RowReason(Schema):
    code: str
    column: str | None
    zh: str
    en: str


class RowCard(Schema):
    """What one row comes to. `row` counts from 1."""

    row: int
    outcome: RowOutcome
    resident_id: int | None
    document_number: str | None = Field(description="Masked")
    reasons: list[RowReason]


class RowPage(Schema):
    items: list[RowCard]
    next: str | None


@router.get(
    "/lists/sources",
    response=answers(list[ListSource]),
    operation_id="listSources",
    summary="Lists that this client may hand in, with their columns 可交的名单",
)
def list_sources(request: HttpRequest) -> list[ListSource]:
    scope = scope_for(request, Capability.IMPORT_LISTS)
    return [
        ListSource(
            code=each.code, name=str(each.name), about=str(each.about),
            columns=[
                ListColumn(key=column.key, name=str(column.name), required=column.required, example=column.example)
                for column in each.columns
            ],
        )
        for each in lists.offered(scope)
    ]  # fmt: skip


@router.post(
    "/lists/{source}",
    response=answers(ListCard, 404, 409, 422, status=202),
    operation_id="handInList",
    summary="Hand in a list; it is previewed in the background 交名单",
)
def hand_in_list(
    request: HttpRequest, source: Annotated[SourceCode, Path()], key: Key, body: ListRequest
) -> HttpResponse:
    scope = scope_for(request, Capability.IMPORT_LISTS)
    wanted = _offered(scope, source)
    keys = _columns_used(wanted, body.rows)
    options = {name: value for name in ("department", "category") if (value := getattr(body, name))}
    _refuse_options(wanted, scope, options)

    def work() -> ListCard:
        made = actions.hand_in(
            actor=scope, source_code=source, area_code=body.area, file_name=body.reference or "API",
            content=_as_file(wanted, keys, body.rows), clock=clock(), options=options,
        )  # fmt: skip
        assigned = [Assigned(place, key) for place, key in enumerate(keys)]
        return ListCard.of(actions.set_columns(actor=scope, batch_id=made.pk, mapping=assigned, clock=clock()))

    return once(request, token_of(request).client, key, 202, clock().now(), work)


class ListsAsked(Schema):
    state: BatchState | None = None


@router.get(
    "/lists",
    response=answers(ListPage, 422),
    operation_id="listLists",
    summary="Lists of the client's sources and areas, in order of hand-in 名单",
)
def list_lists(request: HttpRequest, asked: Annotated[ListsAsked, Query()], page: PageQuery) -> ListPage:
    rows = queries.visible(scope_for(request, Capability.IMPORT_LISTS))
    found, after = cut(rows.filter(state=asked.state) if asked.state else rows, page)
    return ListPage(items=[ListCard.of(row) for row in found], next=after)


@router.get(
    "/lists/batches/{batch_id}",
    response=answers(ListCard, 404, 422),
    operation_id="getList",
    summary="Where a list is on its way 名单状态",
)
def get_list(request: HttpRequest, batch_id: Annotated[ResidentId, Path()]) -> ListCard:
    return ListCard.of(queries.batch(scope_for(request, Capability.IMPORT_LISTS), batch_id))


class RowsAsked(Schema):
    outcome: RowOutcome | None = None


@router.get(
    "/lists/batches/{batch_id}/rows",
    response=answers(RowPage, 404, 422),
    operation_id="listRows",
    summary="What each row comes to, and why one is refused 每一行的结果",
)
def list_rows(
    request: HttpRequest, batch_id: Annotated[ResidentId, Path()], asked: Annotated[RowsAsked, Query()], page: PageQuery
) -> RowPage:
    batch = queries.batch(scope_for(request, Capability.IMPORT_LISTS), batch_id)
    rows = queries.rows_of(batch, asked.outcome or "")
    found, after = cut(rows, page, by="position")
    return RowPage(items=[_row(batch, row) for row in found], next=after)


@router.post(
    "/lists/batches/{batch_id}/submission",
    response=answers(ListCard, 404, 409, 422),
    operation_id="submitList",
    summary="Ask a second person to let the previewed list be applied 提交复核",
)
def submit_list(request: HttpRequest, batch_id: Annotated[ResidentId, Path()], key: Key) -> HttpResponse:
    scope = scope_for(request, Capability.IMPORT_LISTS)

    def work() -> ListCard:
        actions.submit(actor=scope, batch_id=batch_id, clock=clock(), page=f"/console/imports/{batch_id}")
        return ListCard.of(queries.batch(scope, batch_id))

    return once(request, token_of(request).client, key, 200, clock().now(), work)


def _offered(scope: Scope, code: str) -> Source:
    wanted = next((each for each in lists.offered(scope) if each.code == code), None)
    if wanted is None:
        raise Problem(
            404, "list_not_found", f"没有“{code}”这种名单，或不由您的部门提供；请看 /api/v1/lists/sources。",
            f"There is no list “{code}” that your department gives; see /api/v1/lists/sources.",
        )  # fmt: skip
    return wanted


def _columns_used(wanted: Source, rows: Sequence[dict[str, str | None]]) -> list[str]:
    """The columns that some row fills, in the order of the source. Problem 422 for a key that is none of them."""
    known = [column.key for column in wanted.columns]
    used = {key for row in rows for key, cell in row.items() if cell is not None}
    if unknown := sorted({key for row in rows for key in row} - set(known)):
        places = [Place(where=f"body.rows.{key}", zh="没有这一列", en="no such column") for key in unknown[:20]]
        raise Problem(
            422, "unknown_column", f"这种名单没有这些列：{'、'.join(unknown[:20])}。",
            f"This list has no such columns: {', '.join(unknown[:20])}.", errors=places,
        )  # fmt: skip
    return [column.key for column in wanted.columns if column.required or column.key in used]


def _refuse_options(wanted: Source, scope: Scope, options: dict[str, str]) -> None:
    if not wanted.option:
        if options:
            raise _bad_option(sorted(options)[0])
        return
    certifies = certified_in(scope)
    own = [code for code in certifies if code in scope.roles] or list(certifies)
    department = options.get("department")
    if department not in own:
        raise _bad_option("department")
    if (category := options.get("category")) and category not in certifies[department]:
        raise _bad_option("category")


def _bad_option(name: str) -> Problem:
    return Problem(
        422, "bad_option", f"{name}不适用于这份名单，或不由这个部门认定。",
        f"{name} does not fit this list, or is not this department's to certify.",
        errors=[Place(where=f"body.{name}", zh="不适用", en="does not fit")],
    )  # fmt: skip


def _as_file(wanted: Source, keys: Sequence[str], rows: Sequence[dict[str, str | None]]) -> bytes:
    """The rows as the table that the department would have uploaded."""
    text = io.StringIO()
    writer = csv.writer(text)
    with translation.override("zh-hans"):
        headings = {column.key: str(column.name) for column in wanted.columns}
        writer.writerow([headings[key] for key in keys])
    writer.writerows([[row.get(key) or "" for key in keys] for row in rows])
    return text.getvalue().encode()


def _row(batch: Batch, row: Row) -> RowCard:
    keys = {index: key for index, key, _ in batch.mapping}
    return RowCard(
        row=row.position + 1,
        outcome=row.outcome,
        resident_id=row.resident_id,
        document_number=row.masked or None,
        reasons=[
            RowReason(
                code=fault.code, zh=fault.text(), en=fault.text("en"),
                column=None if fault.column is None else keys.get(fault.column),
            )
            for fault in queries.faults_of(row)
        ],
    )  # fmt: skip
