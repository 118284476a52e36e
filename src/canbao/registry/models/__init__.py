"""The tables of the register."""

from __future__ import annotations

from canbao.registry.codes import (
    Department,
    DocumentKind,
    FactKind,
    HukouKind,
    Kinship,
    PermitRelation,
    ResidencePermit,
    Sex,
    Source,
    Student,
)
from canbao.registry.models.facts import FormerDocument, RenewedDay, ResidentFact
from canbao.registry.models.merges import CategoryTakenBack, Merge, NotSame
from canbao.registry.models.people import FormerMember, Household, Resident, ResidentCategory

__all__ = [
    "CategoryTakenBack",
    "Department",
    "DocumentKind",
    "FactKind",
    "FormerDocument",
    "FormerMember",
    "Household",
    "HukouKind",
    "Kinship",
    "Merge",
    "NotSame",
    "PermitRelation",
    "RenewedDay",
    "ResidencePermit",
    "Resident",
    "ResidentCategory",
    "ResidentFact",
    "Sex",
    "Source",
    "Student",
]
