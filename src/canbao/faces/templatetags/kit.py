"""Tags and filters of the component library: how an amount, a day, a mark or a component is written on a page."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings
from django.template.defaultfilters import date as date_text
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from canbao.faces import trail_words, words
from canbao.faces.assets import icon_svg
from canbao.faces.figures import Strip, shares
from canbao.faces.sitting import seconds_left
from canbao.faces.visit import clock
from canbao.kernel.fen import capital_yuan, yuan_said
from canbao.ledger.queries import actor_shown
from canbao.payments.models import Channel
from canbao.policy import Answer, policies
from canbao.staff.models import Approval

if TYPE_CHECKING:
    from canbao.faces.console.places import Chosen

register = template.Library()

# In this order: most browsers name their forebears as well.
_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("HarmonyOS", "HarmonyOS"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
CHINESE = re.compile("[\u4e00-\u9fff，。；：！？（）]+")
LARGE_PRINT_COOKIE = "large_print"
VOCABULARIES = {
    "payer": words.PAYERS,
    "category": words.CATEGORIES,
    "reason": words.REASONS,
    "advice": words.ADVICE,
    "bill": words.BILL_STATES,
    "held": words.HELD,
    "alarm": words.ALARMS,
    "tier": words.TIERS,
    "why_not": words.WHY_NOT,
    "audited": words.AUDITED,
    "shown": words.SHOWN,
    "purpose": trail_words.PURPOSES,
    "screen": trail_words.SCREENS,
    "column": trail_words.COLUMNS,
}


@register.filter
def said_purpose(purpose: str) -> str:
    """What something was done for: the word of its code, or the Chinese that whoever took a list away wrote."""
    if purpose in trail_words.PURPOSES:
        return words.word(trail_words.PURPOSES, purpose)
    return format_html('<span lang="zh-Hans">{}</span>', purpose)


def in_english() -> bool:
    return (get_language() or "").startswith("en")


@register.filter
def yuan(fen: int | None) -> str:
    """Yuan without the unit: whole yuan lose their decimals, so that 20000 fen reads 200."""
    if fen is None:
        return "—"
    return yuan_said(fen)


@register.filter
def money(fen: int | None) -> str:
    """Yuan with the unit."""
    return "—" if fen is None else gettext("%(yuan)s 元") % {"yuan": yuan(fen)}


@register.filter
def capital(fen: int) -> str:
    return capital_yuan(fen)


@register.filter
def channel_name(channel: Channel) -> str:
    """The name of a channel as the notice gives it, in the reader's language."""
    return channel.name_en if in_english() else channel.name_zh


@register.filter
def simulator(channel: Channel) -> str:
    """The page of a simulated partner, where a visitor plays his part."""
    return channel.address.removesuffix("/gateway.do")


@register.filter
def collector(recorded: str) -> str:
    """The name of who took a payment."""
    return actor_shown(recorded)


@register.filter
def universal_subsidy(answer: Answer) -> str:
    """The government's part for everybody of the class; a floor and a figure of another year say what they are."""
    file = policies.get(answer.policy).file
    own = file.classes[answer.klass].government if answer.klass else None
    government = own or file.government
    amount = money(answer.universal_subsidy_fen)
    if government is not None and government.for_year not in (None, answer.benefit_year):
        amount += gettext("（%(year)s 年标准）") % {"year": government.for_year}
    floor = government is not None and government.kind == "floor" and answer.universal_subsidy_fen is not None
    return gettext("不低于 %(amount)s") % {"amount": amount} if floor else amount


@register.filter
def count(number: int | None) -> str:
    return "—" if number is None else f"{number:,}"


@register.filter
def day(value: date | datetime | None) -> str:
    """A civil day in words; a moment is read in Shanghai time."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    return str(date_text(value, "j F Y" if in_english() else "Y年n月j日"))


@register.filter
def moment(value: datetime | None) -> str:
    """A day and the time of day to the minute, in Shanghai time."""
    if value is None:
        return "—"
    value = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{day(value)} {value:%H:%M}"


@register.filter
def span(value: timedelta | None) -> str:
    """A stretch of time in the largest unit that says enough."""
    if value is None:
        return "—"
    seconds = int(value.total_seconds())
    if seconds < 60:
        return gettext("%(n)s 秒") % {"n": seconds}
    if seconds < 2 * 60 * 60:
        return gettext("%(n)s 分钟") % {"n": seconds // 60}
    return gettext("%(n)s 小时") % {"n": seconds // 3600}


@register.filter
def summary(wish: Approval) -> str:
    """What is asked of a second person, in the reader's language."""
    return wish.summary_zh if (get_language() or "").startswith("zh") else wish.summary_en


@register.filter
def word(code: str | None, vocabulary: str) -> str:
    return words.word(VOCABULARIES[vocabulary], code)


@register.simple_tag
def word_of(code: str, vocabulary: str) -> str:
    """Like the filter, for use with `as`."""
    return words.word(VOCABULARIES[vocabulary], code)


@register.filter
def years(numbers: list[int]) -> str:
    """Years with runs joined: 2019–2022, 2024."""
    runs: list[list[int]] = []
    for year in sorted(numbers):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


@register.filter
def percent(value: Decimal | None) -> str:
    """Percent with one decimal, rounded down like the figure itself, so that 100% means everybody."""
    return "—" if value is None else f"{value.quantize(Decimal('0.1'), rounding=ROUND_DOWN):f}%"


@register.filter
def percent_of(part: int, whole: int) -> str:
    return percent(Decimal(part * 1000 // whole) / 10) if whole else "—"


@register.filter
def plain(value: Decimal) -> str:
    """A decimal without needless zeros."""
    return f"{value.normalize():f}"


@register.filter
def place_title(place: Chosen) -> str:
    """What the browser's tab calls a place and year: in English the policy's place, for names of areas are Chinese."""
    return f"{place.policy.place.en if in_english() else place.area.name} {place.policy.benefit_year}"


@register.filter
def target_name(target: Any) -> str:
    return str(target.name_en if in_english() else target.name_zh)


@register.filter
def names_marked(text: str) -> SafeString:
    """On an English page, mark the Chinese names inside a sentence with their language."""
    if not in_english():
        return SafeString(escape(text))
    return mark_safe(CHINESE.sub(r'<span lang="zh-Hans">\g<0></span>', escape(text)))  # escaped above


@register.filter
def reason_said(code: str) -> str:
    """Why a person may not enrol. A code that only a policy file knows is explained by the steps that follow."""
    return words.word(words.REASONS, code) if code in words.REASONS else gettext("原因见下面的说明。")


@register.filter
def said(thing: Any) -> str:
    """The text of something that speaks two languages: {zh, en}, or text_zh and text_en."""
    if thing is None:
        return ""
    suffix = "en" if in_english() else "zh"
    if isinstance(thing, tuple):
        return str(thing[1 if in_english() else 0])
    return str(getattr(thing, suffix, None) or getattr(thing, f"text_{suffix}", ""))


@register.filter
def payer_shares(answer: Any) -> Any:
    """The shares of an answer or a bill: whatever has `personal_fen` and `payers`."""
    return shares(answer.personal_fen, answer.payers)


@register.filter
def strip_in_words(strip: Strip) -> str:
    """What the year strip shows, in one sentence for those who do not see it."""
    parts = []
    if strip.waiting:
        parts.append(gettext("%(from)s至%(last)s等待") % _days(strip.waiting.from_on, strip.waiting.last_on))
    if strip.covered:
        parts.append(gettext("%(from)s至%(last)s享受待遇") % _days(strip.covered.from_on, strip.covered.last_on))
    return gettext("，").join(parts) or gettext("本年度没有待遇")


def _days(from_on: date, last_on: date) -> dict[str, str]:
    return {"from": day(from_on), "last": day(last_on)}


@register.filter
def unlocalized(number: float | int) -> str:
    """A number for a machine: an attribute of a drawing or of an input, the same in every language."""
    return f"{number:g}" if isinstance(number, float) else str(number)


@register.filter
def months(number: int) -> str:
    return ngettext("%(n)s 个月", "%(n)s 个月", number) % {"n": number}


@register.simple_tag
def icon(name: str) -> SafeString:
    return mark_safe(icon_svg(name))  # our own files, not input


TAG_ICONS = {
    "good": "check",
    "wait": "clock",
    "bad": "alert-triangle",
    "accent": "arrow-right",
    "quiet": "minus",
    "outline": "user",
}


@register.simple_tag
def tag(kind: str, text: Any, icon_name: str = "") -> SafeString:
    """Status tag; `kind` is good, wait, bad, accent, quiet or outline, and each kind brings its own mark."""
    mark = mark_safe(icon_svg(icon_name or TAG_ICONS[kind]))
    return format_html('<span class="tag tag-{}">{}{}</span>', kind, mark, text)


@register.simple_tag(takes_context=True)
def large_print(context: template.Context) -> bool:
    request = context.get("request")
    return bool(request and request.COOKIES.get(LARGE_PRINT_COOKIE) == "1")


@register.simple_tag
def demo_day() -> date | None:
    """The day on which the demo lives, where its clock is not the machine's."""
    return clock().today() if settings.CLOCK_SHIFT_DAYS else None


@register.simple_tag(takes_context=True)
def sitting_left(context: template.Context) -> int:
    """Seconds until the visitor's session ends if nothing more is done."""
    request = context.get("request")
    return seconds_left(request) if request else 0


@register.filter
def device(agent: str) -> str:
    """A browser and its system, out of what it says of itself."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or gettext("未知设备")


@register.simple_tag
def zh(text: Any) -> SafeString:
    """Chinese that stays Chinese on every page, such as a name or a notice's own words, marked with its language."""
    return format_html('<span lang="zh-Hans">{}</span>', text)


@register.simple_block_tag(takes_context=True)
def panel(context: template.Context, content: str, title: str = "", note: str = "", anchor: str = "") -> SafeString:
    """A panel with one subject; `content` is already a rendered template."""
    head = ""
    if title:
        head = format_html(
            '<header class="panel-head"><h2>{}</h2>{}</header>',
            title,
            format_html('<span class="quiet small">{}</span>', note) if note else "",
        )
    place = format_html(' id="{}"', anchor) if anchor else ""
    return format_html('<section class="panel"{}>{}<div class="panel-body">{}</div></section>', place, head, content)
