"""Who is asking: the clock, the scope of a staff member for one purpose, and the frame around a console page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from canbao.areas import queries as areas
from canbao.kernel.binding import bound
from canbao.kernel.clock import Clock, ShiftedClock, SystemClock
from canbao.kernel.scope import Scope
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import Login, Role
from canbao.staff.models.entry import ADDRESS_MAX


def clock() -> Clock:
    """The clock of this process: the machine's, shifted by whole days where the demo asks for it."""
    shift: int = settings.CLOCK_SHIFT_DAYS
    return ShiftedClock(shift) if shift else SystemClock()


def address_of(request: HttpRequest) -> str:
    """Where the request comes from. In production the server in front says it, last; empty where it does not."""
    if settings.PRODUCTION:
        return str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()[:ADDRESS_MAX]
    return str(request.META.get("REMOTE_ADDR", ""))


def login_of(request: HttpRequest) -> Login:
    """Who is signed in. PermissionDenied for a visitor."""
    if not isinstance(request.user, Login):
        raise PermissionDenied
    return request.user


@dataclass(frozen=True)
class Place:
    """One entry of the console's menu; offered to whoever has the capability somewhere (None: everybody)."""

    key: str
    name: Promise
    purpose: Promise | str
    icon: str
    url_name: str
    capability: Capability | None
    also: Capability | None = None
    as_well: Capability | None = None
    args: tuple[str, ...] = ()

    @property
    def letter(self) -> str:
        """After "g" this key leads there."""
        return _LETTERS.get(self.key, "")

    @property
    def url(self) -> str:
        return reverse(self.url_name, args=self.args)


_LETTERS = {
    "home": "h", "people": "f", "desk": "d", "applications": "a", "bills": "b", "progress": "p", "policies": "y",
    "imports": "i",
}  # fmt: skip
MENU = (
    Place("home", _("工作台"), "", "home", "console:home", None),
    Place(
        "people",
        _("找人"),
        _("查一个人欠多少、缴了没有、从哪天起享受。"),
        "users",
        "console:people",
        Capability.FIND_PEOPLE,
    ),
    Place(
        "desk",
        _("受理"),
        _("居民到窗口来：填表、核对证件、交审核，不分村居。"),
        "clipboard-text",
        "console:desk",
        Capability.TAKE_APPLICATIONS,
    ),
    Place(
        "applications",
        _("申请"),
        _("居民网上提交的参保申请，最早的在前。"),
        "inbox",
        "console:applications",
        Capability.REVIEW_APPLICATIONS,
    ),
    Place(
        "batches",
        _("成批登记"),
        _("一个村、一所学校的人一次登记，先看谁不能和原因。"),
        "checklist",
        "console:batches",
        Capability.ENROL,
    ),
    Place(
        "bills",
        pgettext_lazy("menu", "应缴单"),
        _("一个地方一次开出，先预览再开。"),
        "file-text",
        "console:bills",
        Capability.ISSUE_BILLS,
    ),
    Place(
        "certificates",
        _("缴费证明"),
        _("一个地方的缴费证明一次打印。"),
        "certificate",
        "console:certificates",
        Capability.ISSUE_CERTIFICATES,
    ),
    Place(
        "drawer",
        pgettext_lazy("menu", "收款"),
        _("手里有多少现金没有解缴、多少天了，登记缴款单。"),
        "coin-yuan",
        "console:drawer",
        Capability.TAKE_PAYMENT,
    ),
    Place(
        "imports",
        _("导入"),
        _("上传名单，先看每一行会怎样，经另一人同意后写入。"),
        "file-import",
        "console:imports",
        Capability.IMPORT_LISTS,
        also=Capability.APPROVE,
    ),
    Place(
        "channels",
        _("渠道"),
        _("每个缴费渠道通不通，没有入账的钱在哪里。"),
        "credit-card",
        "console:channels",
        Capability.SEE_CHANNELS,
    ),
    Place(
        "statements",
        _("对账"),
        _("对方的对账单和我们的账一笔笔核对，差异在这里了结。"),
        "scale",
        "console:statements",
        Capability.SEE_LEDGER,
    ),
    Place(
        "refunds",
        _("退费"),
        _("已缴清后要退的钱，从受理到到账。"),
        "receipt-refund",
        "console:refunds",
        Capability.SEE_LEDGER,
    ),
    Place(
        "mutual-aid",
        _("家庭共济"),
        _("亲属的个人账户付居民医保：同意、结余、每组扣款。"),
        "users-group",
        "console:mutual-aid",
        Capability.KEEP_MUTUAL_AID,
    ),
    Place(
        "progress",
        _("进度"),
        _("哪个镇街落后、差多少人。"),
        "chart-bar",
        "console:progress",
        Capability.SEE_PROGRESS,
    ),
    Place(
        "policies", _("政策"), _("缴多少、谁出钱、原文怎么写。"), "book", "console:policies", Capability.SEE_POLICIES
    ),
    Place(
        "logins", _("账号"), _("谁能登录，在哪里担任什么岗位。"), "users-group", "console:logins", Capability.SEE_STAFF
    ),
    Place(
        "approvals",
        pgettext_lazy("menu", "审批"),
        _("别人提出、等您决定的事。"),
        "checks",
        "console:approvals",
        Capability.APPROVE,
        also=Capability.APPROVE_STAFF,
        as_well=Capability.KEEP_COLLECTION,
    ),
    Place(
        "audit",
        _("审计"),
        _("谁改了什么，谁看了谁。"),
        "history",
        "console:audit",
        Capability.SEE_AUDIT,
        args=("changes",),
    ),
    Place(
        "exports",
        _("导出记录"),
        _("谁拿走了哪份名单。"),
        "download",
        "console:exports",
        Capability.SEE_AUDIT,
    ),
    Place(
        "holidays",
        _("节假日"),
        _("放假和调休上班的日子。"),
        "calendar",
        "console:holidays",
        Capability.LOAD_CALENDAR,
    ),
)


@dataclass(frozen=True)
class Duty:
    role: str
    place: str


def menu_of(login: Login) -> list[Place]:
    held = staff.capabilities_of(login, clock())
    return [place for place in MENU if place.capability is None or held & {place.capability, place.also, place.as_well}]


def duties_of(login: Login) -> list[Duty]:
    grants = staff.grants_of(login, clock().today())
    return [Duty(str(Role(grant.role).label), areas.full_name(grant.area_code)) for grant in grants]


def show(
    request: HttpRequest, template: str, section: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A console page with its menu."""
    login = login_of(request)
    menu = menu_of(login)
    frame = {
        "may_reveal": Capability.REVEAL_NUMBERS in staff.capabilities_of(login, clock()),
        "section": section,
        "menu": menu,
        "may_find": any(place.key == "people" for place in menu),
        "duties": duties_of(login),
    }
    return render(request, template, {**frame, **context}, status=status)


def way_back(request: HttpRequest, otherwise: str) -> HttpResponseRedirect:
    """To the page of ours that the field or argument `next` names; to `otherwise` for any other word."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if safe and wanted.startswith("/") else otherwise)


def holds_nul(request: HttpRequest) -> bool:
    """Whether the request carries the one character that PostgreSQL cannot store: no page of ours sends it."""
    values = (value for data in (request.GET, request.POST) for name, many in data.lists() for value in (name, *many))
    return "\0" in request.path or any("\0" in str(value) for value in values)


P = ParamSpec("P")
ScopedView = Callable[Concatenate[HttpRequest, Scope, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def for_staff(capability: Capability | None) -> Callable[[ScopedView[P]], View[P]]:
    """A view for whoever is signed in and has the capability somewhere; it is given the scope for that purpose.

    A visitor is sent to sign in; a login without the capability gets the page that says so.
    """

    def decorate(view: ScopedView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if holds_nul(request):
                raise Http404
            if not isinstance(request.user, Login):
                wanted = urlencode({"next": request.get_full_path()})
                return redirect(f"{reverse('console:sign-in')}?{wanted}")
            if capability is None:
                scope = Scope(actor_id=request.user.pk, actor_name=request.user.display_name)
            else:
                scope = staff.scope_of(request.user, capability, clock())
                if not scope.prefixes:
                    raise PermissionDenied
            with bound(scope):
                return view(request, scope, *args, **kwargs)

        return guarded

    return decorate
