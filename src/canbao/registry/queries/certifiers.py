"""Which department certifies which category at a place, as the policy of that place says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from canbao.kernel.scope import Scope, area_prefix, lies_in
from canbao.policy import Policy, policies
from canbao.policy.certifiers import certifiers
from canbao.registry.codes import AS_NOTICES_NAME_THEM, Department

Certifies = Mapping[str, frozenset[str]]
"""Department → the categories that it certifies; every department is a key."""


def certified_at(place: str) -> Certifies:
    """By the latest policy of the place; by the national layer where it has none."""
    own = [policy for policy in policies.all() if lies_in(place, policy.area)]
    return _certifies(max(own, key=lambda policy: policy.benefit_year, default=None))


def certified_in(scope: Scope) -> Certifies:
    """What each department certifies somewhere in the scope: which choices make sense. Not a permission for a place."""
    inside = [policy for policy in policies.all() if _meets(policy.area, scope.prefixes)]
    found = [_certifies(policy) for policy in inside] or [_certifies(None)]
    return {code: frozenset().union(*(each[code] for each in found)) for code in Department.values}


def _meets(area: str, prefixes: Iterable[str]) -> bool:
    own = area_prefix(area)
    return any(own.startswith(prefix) or prefix.startswith(own) for prefix in prefixes)


@lru_cache(maxsize=64)
def _certifies(policy: Policy | None) -> Certifies:
    found: dict[str, set[str]] = {code: set() for code in Department.values}
    for category, departments in certifiers(policy).items():
        for actor in departments & AS_NOTICES_NAME_THEM.keys():
            found[AS_NOTICES_NAME_THEM[actor]].add(category)
    return {code: frozenset(categories) for code, categories in found.items()}
