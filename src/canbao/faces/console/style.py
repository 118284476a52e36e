"""The living style guide: every component with examples, in the language of the page. Staff only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.faces.figures import strip
from canbao.faces.portal.asking import Choice, Field
from canbao.faces.reasons import QuotedClause, StepShown
from canbao.faces.visit import for_staff, show
from canbao.kernel.personal import IdNumber
from canbao.kernel.scope import Scope

SAMPLE_YEAR = date(2025, 1, 1)


@dataclass(frozen=True)
class ShownLink:
    """One link of a chain. `state`: done, now, wrong or later."""

    state: str
    what: str
    detail: str


@dataclass(frozen=True)
class ShownSum:
    personal_fen: int
    payers: dict[str, int]


@require_safe
@for_staff(None)
def style(request: HttpRequest, scope: Scope) -> HttpResponse:
    states = ("done", "done", "now", "later", "wrong")
    names = (gettext("参保登记"), gettext("应缴单"), gettext("缴费"), gettext("入账"), gettext("待遇"))
    clause = QuotedClause("sample", "示例文件", "二（一）", "文件的原话写在这里，一字不改。")
    context = {
        "kinds": ["good", "wait", "bad", "accent", "quiet", "outline"],
        "links": [ShownLink(state, name, gettext("示例")) for state, name in zip(states, names, strict=True)],
        "sum": ShownSum(20000, {"city_finance": 15000, "township_finance": 5000}),
        "late": strip(2025, date(2025, 6, 10), date(2025, 12, 31), date(2025, 3, 10)),
        "whole": strip(2025, SAMPLE_YEAR, date(2025, 12, 31), None),
        "steps": [
            StepShown("标准写在文件里。", "The notice states the standard.", [clause], [], False),
            StepShown("文件没有写明这一处。", "The notice leaves this open.", [], [], True),
        ],
        "choice": Field(
            "sample-choice",
            "choices",
            gettext("单选"),
            options=[Choice("a", gettext("第一项"), chosen=True), Choice("b", gettext("第二项"))],
        ),
        "many": Field(
            "sample-many",
            "checks",
            gettext("多选"),
            options=[Choice("c", gettext("第一项"), chosen=True), Choice("d", gettext("第二项"))],
        ),
        "masked": IdNumber("37048119620508002X"),
        "stages": [gettext("选地方和年度"), gettext("预览"), gettext("开单"), gettext("结果")],
    }
    return show(request, "faces/console/style.html", "style", context)
