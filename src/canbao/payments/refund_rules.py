"""Whether a rule of the notice lets the money that settled a bill go back. Pure: rules, days, and no clock."""

from __future__ import annotations

from datetime import date

from canbao.payments import refused
from canbao.policy import Policy
from canbao.policy.notice import RefundRule


def rules_of(policy: Policy) -> dict[str, RefundRule]:
    """Those of the notice, as it lists them; none where the place has not configured refunds."""
    return policy.notice.refunds


def require_allowed(
    policy: Policy, key: str, *, applied_on: date, died_on: date | None, cover_from: date | None
) -> RefundRule:
    """The rule, if it gives the money back. `died_on` is what the register says, `cover_from` the first day of cover.

    Refuses `no_refund_rule`, `death_not_registered`, `refund_too_late`.
    """
    rule = rules_of(policy).get(key)
    if rule is None:
        raise refused.no_refund_rule()
    counted: date | None = applied_on
    if rule.counts == "death":
        counted = died_on
        if counted is None:
            raise refused.death_not_registered()
    limit = policy.year_start if rule.before == "benefit_year" else cover_from if rule.before == "cover" else None
    if limit is not None and counted is not None and counted >= limit:
        raise refused.refund_too_late(rule.name.zh, rule.name.en, limit)
    return rule
