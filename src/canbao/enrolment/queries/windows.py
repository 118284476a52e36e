"""Which window holds where: the policy's own, or an extension of it that two people decided."""

from __future__ import annotations

from datetime import datetime

from canbao.enrolment.models import WindowExtension
from canbao.kernel.scope import Scope, lies_in
from canbao.policy import Policy, policies
from canbao.policy.policy import Extension


class Windows:
    """The policy of a village, read once for many villages. Extensions are public: no scope narrows them."""

    def __init__(self, policy_id: str) -> None:
        self.policy = policies.get(policy_id)
        self.extensions = list(WindowExtension.objects.filter(policy_id=self.policy.id).order_by("id"))

    def policy_at(self, area_code: str) -> Policy:
        """With the longest extension of an area that this one lies in; the policy itself without one."""
        found = [row for row in self.extensions if lies_in(area_code, row.area_code)]
        row = max(found, key=lambda row: (row.closes, row.pk), default=None)
        return _extended(self.policy, row) if row else self.policy

    def every(self) -> list[Policy]:
        """The policy itself, and as every extension has it."""
        return [self.policy, *(_extended(self.policy, row) for row in self.extensions)]

    def pinned(self, digest: str) -> Policy:
        """The one with this digest; the policy itself if there is none, because its file changed."""
        if digest == self.policy.digest:
            return self.policy
        variants = (_extended(self.policy, row) for row in self.extensions)
        return next((policy for policy in variants if policy.digest == digest), self.policy)


def policy_at(policy_id: str, area_code: str) -> Policy:
    """The policy as it stands in an area today."""
    return Windows(policy_id).policy_at(area_code)


def policies_today() -> list[Policy]:
    """Every policy as it stands in the whole of its place today."""
    return [policy_at(policy.id, policy.area) for policy in policies.all()]


def longer_windows(policy_id: str) -> list[WindowExtension]:
    """Where the window stays open longer than in the whole of the place, latest decision first."""
    windows = Windows(policy_id)
    common = windows.policy_at(windows.policy.area).closes
    longer = [row for row in windows.extensions if datetime.combine(row.closes, common.time()) > common]
    return list(reversed({row.area_code: row for row in sorted(longer, key=lambda row: row.closes)}.values()))


def policy_pinned(policy_id: str, digest: str) -> Policy:
    """The policy that something is pinned to; today's file where the digest is of neither it nor an extension."""
    own = policies.get(policy_id)
    return own if own.digest == digest else Windows(policy_id).pinned(digest)


def extensions(scope: Scope, policy_id: str) -> list[WindowExtension]:
    """Those of the policy that concern the scope, latest first: of its areas, and of those around them."""
    rows = WindowExtension.objects.filter(policy_id=policy_id).order_by("-id")
    return [
        row for row in rows if scope.covers(row.area_code) or any(lies_in(p, row.area_code) for p in scope.prefixes)
    ]


def _extended(policy: Policy, row: WindowExtension) -> Policy:
    if row.closes <= policy.closes.date() or not policy.window.in_principle:
        # The file was changed after the decision and now says at least as much.
        return policy
    return policy.extended_by(Extension(row.closes, row.document))
