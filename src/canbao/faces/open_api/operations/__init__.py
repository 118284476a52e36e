"""The operations of the interface, a module for each kind of thing."""

from ninja import Router

from canbao.faces.open_api.operations import enrolments, lists, people, policies, tokens

router = Router()
router.add_router("", tokens.router)
router.add_router("", policies.router)
router.add_router("", people.router)
router.add_router("", enrolments.router)
router.add_router("", lists.router)

__all__ = ["router"]
