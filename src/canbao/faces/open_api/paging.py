"""Pages by cursor: they neither skip nor repeat a row while rows are added, and page 10,000 costs what page 1 does."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, TypeVar

from django.db.models import Model, QuerySet
from ninja import Query, Schema
from pydantic import Field

from canbao.faces.open_api.problems import Place, Problem

LIMIT_MAX = 500


class Page(Schema):
    limit: int = Field(100, ge=1, le=LIMIT_MAX, description="Rows a page")
    cursor: str | None = Field(
        None, max_length=60, pattern=r"^[A-Za-z0-9_-]+$", description="`next` of the page before; absent: the first"
    )


PageQuery = Annotated[Page, Query()]
M = TypeVar("M", bound=Model)


def cut(rows: QuerySet[M], page: Page, by: str = "pk") -> tuple[list[M], str | None]:
    """The page's rows in order of a whole number of their own, and the cursor of the next page, null at the end."""
    found = rows.order_by(by)
    found = found.filter(**{f"{by}__gt": _key(page.cursor)}) if page.cursor else found
    read = list(found[: page.limit + 1])
    kept = read[: page.limit]
    return kept, _cursor(getattr(kept[-1], by)) if len(read) > page.limit else None


def _cursor(key: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([key]).encode()).decode().rstrip("=")


def _key(cursor: str) -> int:
    try:
        (key,) = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(key, int) and 0 <= key < 2**63:
            return key
    except (ValueError, TypeError, binascii.Error):
        pass
    raise Problem(
        422,
        "bad_cursor",
        "cursor不是本接口给出的值；请从第一页开始。",
        "This cursor is none that the interface gave; begin with the first page.",
        errors=[Place(where="query.cursor", zh="无法识别", en="not recognised")],
    )
