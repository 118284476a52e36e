"""What every operation says of its refusals."""

from __future__ import annotations

from typing import Any

from canbao.faces.open_api.problems import ProblemDetails

Responses = dict[int, Any]


def answers(good: Any, *refused: int, status: int = 200) -> Responses:
    """The answers of an operation for its description; 400, 401, 403 and 429 may meet every request."""
    return {status: good, **{code: ProblemDetails for code in sorted({400, 401, 403, 429, *refused})}}
