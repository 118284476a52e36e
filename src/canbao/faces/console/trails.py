"""Everything that is kept of what people did, each kind as lines that one page and one export can show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from canbao.enrolment.models import ApplicationEvent, ApplicationState, EnrolmentChange
from canbao.enrolment.models.enrolments import ChangeKind as EnrolmentChangeKind
from canbao.enrolment.queries import trail as enrolment
from canbao.faces import trail_words
from canbao.faces.templatetags.kit import summary
from canbao.faces.words import AUDITED, SHOWN, word
from canbao.intake import sources
from canbao.intake.models import Batch
from canbao.intake.queries import trail as intake
from canbao.kernel.scope import Scope
from canbao.staff import approvals
from canbao.staff import queries as staff
from canbao.staff.models import Access, Addition, Approval, Change, LoginEvent, LoginEventKind, SignInAttempt, Stage
from canbao.staff.queries.audit import Wanted


@dataclass(frozen=True)
class Line:
    """One thing that somebody did. `place` is an area's code, `resident_id` whom it concerned; `purpose` is a code, or
    the words of whoever took a list away; `people` counts those of a list. `detail` is in the reader's language, `said`
    as somebody wrote it down.
    """

    at: datetime
    pk: int
    who: str
    what: str
    detail: str = ""
    said: str = ""
    resident_id: int | None = None
    people: int = 1
    place: str = ""
    purpose: str = ""
    url: str = ""


@dataclass(frozen=True)
class Trail:
    """`rows` asks the scope and the filters; `kinds` are the words for what can be filtered by."""

    name: Promise
    rows: Callable[[Scope, Wanted], QuerySet[Any]]
    line: Callable[[Any], Line]
    kinds: Callable[[], Mapping[str, str]]
    of_people: bool = True


def _place(row: Change | Access | Addition) -> str:
    return row.village_code or row.pooling_area or ""


def _change(row: Change) -> Line:
    columns = " · ".join(word(trail_words.COLUMNS, column) for column in row.changed)
    return Line(
        row.at, row.pk, row.actor_name, f"{word(AUDITED, row.table_name)} {row.row_id}",
        f"{row.get_kind_display()} · {columns}", resident_id=_resident_of(row.table_name, row.row_id),
        place=_place(row), purpose=row.purpose, url=reverse("console:audit-change", args=[row.pk]),
    )  # fmt: skip


def _addition(row: Addition) -> Line:
    return Line(
        row.at, row.pk, row.actor_name, f"{word(AUDITED, row.table_name)} {row.row_id}", gettext("新增"),
        resident_id=_resident_of(row.table_name, row.row_id), place=_place(row), purpose=row.purpose,
    )  # fmt: skip


def _resident_of(table: str, row_id: str) -> int | None:
    return int(row_id) if table == "registry_resident" and row_id.isdigit() else None


def _access(row: Access) -> Line:
    return Line(
        row.at, row.pk, row.actor_name, word(SHOWN, row.what), word(trail_words.SCREENS, row.screen),
        resident_id=row.resident_id, people=row.people, place=_place(row), purpose=row.purpose,
    )  # fmt: skip


def _enrolment(row: EnrolmentChange) -> Line:
    made = row.enrolment
    return Line(
        row.at, row.pk, row.actor_name, str(row.get_kind_display()), made.policy_id, row.detail,
        made.resident_id, place=made.resident.village_code, purpose="enrol",
    )  # fmt: skip


def _application(row: ApplicationEvent) -> Line:
    asked = row.application
    return Line(
        row.at, row.pk, row.actor_name, f"{asked.number} {row.get_state_display()}", asked.policy_id, row.detail,
        asked.resident_id, place=asked.village_code, purpose="review_applications" if row.actor_id else "apply",
    )  # fmt: skip


def _approval(row: Approval) -> Line:
    return Line(
        row.asked_at, row.pk, row.asked_by, staff.kind_name(row), f"{summary(row)} · {row.get_state_display()}",
        _joined(row.decided_by, row.reason), place=row.area_code, purpose="approve",
    )  # fmt: skip


def _list(row: Batch) -> Line:
    counts = gettext("新增 %(new)s 行，改 %(changed)s 行，不收 %(refused)s 行") % {
        "new": row.new, "changed": row.changed, "refused": row.refused,
    }  # fmt: skip
    return Line(
        row.handed_in_at, row.pk, row.actor_name, str(sources.source(row.source).name),
        f"{row.get_state_display()} · {counts}", _joined(row.file_name, row.approver_name), people=row.rows,
        place=row.area_code, purpose="import_lists",
    )  # fmt: skip


def _login(row: LoginEvent) -> Line:
    return Line(
        row.at, row.pk, row.actor_name, str(row.get_kind_display()), row.address,
        f"{row.login.display_name} {row.login.username}", place=row.login.area_code or "",
        purpose="manage_staff" if row.actor_id not in (None, row.login_id) else "own work",
    )  # fmt: skip


def _attempt(row: SignInAttempt) -> Line:
    return Line(row.at, row.pk, row.username, str(row.get_stage_display()), row.address, purpose="own work")


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _tables() -> dict[str, str]:
    return {table: word(AUDITED, table) for table in sorted(staff.history.tables())}


TRAILS: dict[str, Trail] = {
    "changes": Trail(_("改了什么"), staff.audit.changes, _change, _tables),
    "additions": Trail(_("新增了什么"), staff.audit.additions, _addition, _tables),
    "accesses": Trail(
        _("看了谁"), staff.audit.accesses, _access, lambda: {code: word(SHOWN, code) for code in staff.audit.whats()}
    ),
    "enrolments": Trail(
        _("参保登记"), enrolment.enrolment_changes, _enrolment,
        lambda: {str(code): str(name) for code, name in EnrolmentChangeKind.choices},
    ),
    "applications": Trail(
        _("参保申请"), enrolment.application_events, _application,
        lambda: {str(code): str(name) for code, name in ApplicationState.choices},
    ),
    "lists": Trail(
        _("交来的名单"), intake.lists_handed_in, _list,
        lambda: {source.code: str(source.name) for source in sources.SOURCES}, of_people=False,
    ),
    "approvals": Trail(
        _("双人复核"), staff.audit.approvals, _approval,
        lambda: {kind.code: str(kind.name) for kind in approvals.kinds()}, of_people=False,
    ),
    "logins": Trail(
        _("登录和账号"), staff.audit.login_events, _login,
        lambda: {str(code): str(name) for code, name in LoginEventKind.choices}, of_people=False,
    ),
    "attempts": Trail(
        _("登录失败"), staff.audit.failed_sign_ins, _attempt,
        lambda: {str(code): str(name) for code, name in Stage.choices}, of_people=False,
    ),
}  # fmt: skip
"""Which trail → how it is read; the address of the page names it."""
