"""Policy 政策: what a city's notice says, as data, and what it means for one person.

Takes: a policy file (policies/<area>/<year>.yaml) and the facts of one person (contract.md, "A person").
Gives: one answer with every amount and date, and the steps that led there, each with its clause.
Never: reads a clock, a database or the network, or knows a place by its code.
"""

from .answer import Answer
from .assess import quote
from .catalogue import Catalogue, policies
from .person import BadPerson, Person
from .policy import Policy
from .refusals import PolicyFaults, UnknownPolicy

__all__ = ["Answer", "BadPerson", "Catalogue", "Person", "Policy", "PolicyFaults", "UnknownPolicy", "policies", "quote"]
