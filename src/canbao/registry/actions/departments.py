"""Which department certifies what."""

from __future__ import annotations

from canbao.kernel.scope import Scope
from canbao.registry.codes import Department
from canbao.registry.queries.certifiers import certified_at
from canbao.registry.refusals import NotCertifiedHere, NotOfYourDepartment


def require_department(actor: Scope, code: str, certified_by: str, place: str) -> None:
    """Refuses `not_of_your_department` where the actor works for departments that do not certify this at the place,
    `not_certified_here` where the department that is named does not.

    Whoever works for none, such as a medical insurance clerk, records what a department certified.
    """
    own = set(Department.values) & actor.roles
    certifies = code in certified_at(place)[certified_by]
    if own and actor.roles <= own and not (certified_by in own and certifies):
        raise NotOfYourDepartment
    if not certifies:
        raise NotCertifiedHere


def require_own_department(actor: Scope, certified_by: str) -> None:
    """Refuses `not_of_your_department` where the actor works for departments, and another one certified this."""
    own = set(Department.values) & actor.roles
    if own and actor.roles <= own and certified_by not in own:
        raise NotOfYourDepartment
