"""The other readings of 370481-2025 as OpenFisca reforms, and which answers they would change.

Each reform changes parameters. Its simulation is given every value that it cannot change, so that only what follows
from those parameters is worked out again, and it is run only if it concerns anybody. Left out: that transfers wait too
(the register holds none).
"""

from __future__ import annotations

from functools import cached_property

import numpy
from openfisca_core.reforms import Reform
from openfisca_core.simulations import SimulationBuilder
from tengzhou import NO_DAY, PAYERS, Award, Tengzhou

PERIOD = "2025"
FROM_AID = (
    "award", *(f"{payer}_fen" for payer in PAYERS), "personal_fen", "settled_on", "in_window", "waiting_months",
    "benefit_start", "reason", "eligible",
)  # fmt: skip
FROM_WAIT = ("waiting_months", "benefit_start")
FIGURES = ("standard_fen", "personal_fen", *(f"{payer}_fen" for payer in PAYERS), "universal_subsidy_fen", "repair_fen")


def anybody_waits(simulation):
    return simulation.calculate("waiting_months", PERIOD).any()


def anybody_rejoins(simulation):
    return simulation.calculate("gap_years", PERIOD).any()


def anybody_aided_waits(simulation):
    waits = simulation.calculate("waiting_months", PERIOD) > 0
    return (waits & (simulation.calculate("award", PERIOD) != Award.nothing)).any()


def anybody_newborn(simulation):
    return simulation.calculate("newborn", PERIOD).any()


def anybody_repairs(simulation):
    return simulation.calculate("repair_years", PERIOD).any()


def anybody(simulation):
    return True


READINGS = {
    "age on 1 January": (
        {"age.years_after_benefit_year": 0, "age.month": 1, "age.day": 1}, ("age", *FROM_AID), anybody
    ),
    "age on the payment day": ({"age.at_settlement": True}, ("age", *FROM_AID), anybody),
    "payment on behalf first": ({"choice.assistance_before_payment_on_behalf": False}, FROM_AID, anybody),
    "most payers first": ({"choice.fewest_payers_first": False}, FROM_AID, anybody),
    "every broken year adds": ({"waiting.first_gap_year_adds": True}, FROM_WAIT, anybody_rejoins),
    "no repair": ({"waiting.repair_allowed": False}, ("reason", "eligible"), anybody_repairs),
    "aided persons never wait": ({"cover.aided_never_wait": True}, FROM_WAIT, anybody_aided_waits),
    "the payment month counts": ({"cover.late_from_payment_month": True}, ("benefit_start",), anybody_waits),
    "from the next day": ({"cover.late_from_next_day": True}, ("benefit_start",), anybody_waits),
    "rejoined, from payment": ({"cover.rejoined_from_settlement": True}, ("benefit_start",), anybody_rejoins),
    "newborn, from birth": ({"cover.newborn_from_birth": True}, ("benefit_start",), anybody_newborn),
}  # fmt: skip
"""Other values of parameters, the variables that they may change, and whom they concern."""


class Other(Reform):
    def __init__(self, baseline, values):
        self.values = values
        super().__init__(baseline)

    def apply(self):
        def changed(parameters):
            for path, value in self.values.items():
                node = parameters
                for key in path.split("."):
                    node = getattr(node, key)
                node.update(start="2025-01-01", value=value)
            return parameters

        self.modify_parameters(changed)


class Readings:
    def __init__(self, system: Tengzhou) -> None:
        self.system = system

    @cached_property
    def others(self):
        return [(Other(self.system, values), may, whom) for values, may, whom in READINGS.values()]

    def provisional(self, simulation) -> numpy.ndarray:
        """Whose answer would be another one under another reading. `simulation` is of the policy as it stands."""
        count, own = simulation.persons.count, shown(simulation)
        found = numpy.zeros(count, dtype=bool)
        for system, may, concerns in self.others:
            if not concerns(simulation):
                continue
            other = SimulationBuilder().build_default_simulation(system, count)
            for name in self.system.variables:
                if name in may:
                    continue
                for period in simulation.get_known_periods(name):
                    other.set_input(name, period, simulation.get_array(name, period))
            for name, values in shown(other, may).items():
                found |= values != own[name]
        return found


def shown(simulation, names=(*FIGURES, "eligible", "settled_on", "waiting_months", "benefit_start")):
    """Figures and days as the bill has them: none for who may not enrol, no days where the settlement is unknown."""
    may = simulation.calculate("eligible", PERIOD)
    known = may & (simulation.calculate("settled_on", PERIOD) != NO_DAY)
    last = numpy.datetime64(f"{PERIOD}-12-31")
    found = {"eligible": may}
    for name in names:
        if name in FIGURES:
            found[name] = numpy.where(may, simulation.calculate(name, PERIOD), -1)
        elif name == "waiting_months":
            found[name] = numpy.where(known, simulation.calculate(name, PERIOD), -1)
        elif name == "benefit_start":
            start = simulation.calculate(name, PERIOD)
            found[name] = numpy.where(known & (start <= last), start, NO_DAY)
    return found
