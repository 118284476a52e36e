"""Which department certifies what."""

from __future__ import annotations

from canbao.kernel.scope import Scope
from canbao.registry.codes import CERTIFIES, Department
from canbao.registry.refusals import NotOfYourDepartment


def require_department(actor: Scope, code: str, certified_by: str) -> None:
    """Refuses `not_of_your_department` where the actor works for departments that do not certify this.

    Whoever works for none, such as a medical insurance clerk, records what any department certified.
    """
    own = set(Department.values) & actor.roles
    if own and actor.roles <= own and not (certified_by in own and code in CERTIFIES[certified_by]):
        raise NotOfYourDepartment
