"""Which test reaches which line of the policy engine, and how long it takes."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib
import json
import os
import random
import resource
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.storm.mutants import Mutant

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "canbao" / "policy"
TESTS = [
    "tests/policy",
    *(f"tests/cli/test_{name}.py" for name in ("bill_command", "policy_commands", "pricing_commands")),
]
LEFT_OUT = ["test_cases_catch_changes.py", "test_spark*.py"]
"""Thousands of changed figures, which take long and say nothing about code; and what starts a Java."""
OPTIONS = ["-q", "-s", "--tb=native", "--assert=plain", "-W", "ignore"]
OPTIONS += [word for name in ("cacheprovider", "xdist", "timeout", "django") for word in ("-p", f"no:{name}")]
SECONDS_OF_TESTS_MAX = 20.0
"""For one mutant, under the tracer, which makes a test about three times as slow: what many tests would notice late is
a test that is missing."""
SECONDS_OF_A_TEST_MAX = 15.0
SECONDS_OF_A_FUNCTION_MAX = 10.0
"""A test that is asked for many policies is asked for some of them, drawn by the name of its file."""
DEPENDED_ON = ["src/canbao/policy", "src/canbao/kernel", "src/canbao/cli", "policies", "requirements"]
TOO_LONG = "mutation: too long to be tried against mutants"
KEPT = ROOT / ".canbao" / "mutation"
"""What each file of tests reaches, by the digest of all that this depends on."""
CALLS_TRACED_MAX = 300


class Run:
    """A pytest session whose loop is ours: `loop` gets the collected tests by name."""

    def __init__(self, loop: Callable[[dict[str, pytest.Item]], None]) -> None:
        self.loop = loop

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.loop({item.nodeid: item for item in session.items})
        return True

    def start(self, only: Sequence[str] = TESTS) -> None:
        without = [f"--ignore-glob=*/{name}" for name in LEFT_OUT] if only is TESTS else []
        if status := pytest.main([*OPTIONS, *without, *only], plugins=[self]):
            raise SystemExit(f"mutation: the tests could not be collected (pytest {status})")


def failure(item: pytest.Item, following: pytest.Item | None = None) -> str | None:
    """Run one test; what it says if it fails. What it shares with the following test is kept for that."""
    failed = [report for report in runtestprotocol(item, log=False, nextitem=following) if report.failed]
    return str(failed[0].longrepr) if failed else None


@dataclass
class Reach:
    """What each test does to the unchanged code: its seconds, and the lines (file, line) that it runs."""

    digests: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    loading: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def measured(cls) -> Reach:
        """Run every test once that no earlier run of the same code has kept, in a process of its own: threads that it
        starts would not live on in later forks."""
        of_files = digests()
        kept = {file: KEPT / f"{digest}.json" for file, digest in of_files.items()}
        KEPT.mkdir(parents=True, exist_ok=True)
        with (KEPT / "lock").open("w") as lock:
            # Runs at the same time learn it once.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if fresh := [file for file, path in kept.items() if not path.exists()]:
                measured_apart(kept, fresh)
        for path in set(KEPT.glob("*.json")) - set(kept.values()):
            path.unlink()
        found = [json.loads(path.read_text(encoding="utf-8")) for path in kept.values()]
        # Every fork would have to import these again.
        for module in dict.fromkeys(module for each in found for module in each["modules"]):
            with contextlib.suppress(ImportError):
                importlib.import_module(module)
        tests = {name: test for each in found for name, test in each["tests"].items()}
        return cls(
            of_files,
            {name: took for name, (took, _) in tests.items()},
            {name: spots(lines) for name, (_, lines) in tests.items()},
            {spot for each in found for spot in spots(each["loading"])},
        )

    def works_at_loading(self, mutant: Mutant) -> bool:
        """Is it of code that runs while policies are loaded, or of the closures that this makes?"""
        assert mutant.owner is not None
        return not self.loading.isdisjoint(
            (str(mutant.path), line) for line in range(mutant.owner.line, mutant.end_line + 1)
        )

    def runs_in_tests(self, mutant: Mutant) -> bool:
        """Does a test run it? What none does may still run at import, as does what is outside of functions."""
        return mutant.owner is not None and any(_spot(mutant) & lines for lines in self.lines.values())

    def tests(self, mutant: Mutant, noticed: Counter[str], ever: Counter[str]) -> list[str]:
        """Names of the tests to run, best first: what noticed mutants of this function, and what ever did."""
        if not self.runs_in_tests(mutant):
            found = list(self.seconds)
            home = {name for name in found if any(file == str(mutant.path) for file, _ in self.lines[name])}
        else:
            found = [name for name in self.seconds if _spot(mutant) & self.lines[name]]
            home = set(found)
        found.sort(key=lambda name: (-noticed[name], name not in home, self.seconds[name] / (1 + ever[name])))
        total, kept = 0.0, []
        for name in found:
            total += self.seconds[name]
            if total > SECONDS_OF_TESTS_MAX and kept:
                break
            kept.append(name)
        return kept


def _spot(mutant: Mutant) -> set[tuple[str, int]]:
    return {(str(mutant.path), line) for line in range(mutant.line, mutant.end_line + 1)}


def load_all() -> list[Any]:
    """Every policy with its other readings, as tests load them first; from the cache if that has them."""
    catalogue = sys.modules["canbao.policy.catalogue"]
    paths = [*catalogue.policies.files(), *catalogue.policies.folder.glob("examples/*/*.yaml")]
    found = [catalogue.policies.get(str(path)) for path in paths if path.stem.isdigit()]
    assert all(policy.other_readings is not None for policy in found)
    return found


def forget_all() -> None:
    sys.modules["canbao.policy.catalogue"]._loaded.cache_clear()


def forget_worked_out(policies: list[Any]) -> None:
    """Let policies work out again what they keep, so that each test is seen to reach what it rests on."""
    for policy in policies:
        for name, value in vars(type(policy)).items():
            if isinstance(value, cached_property) and name != "other_readings":
                vars(policy).pop(name, None)


def digests() -> dict[str, str]:
    """Of each file of tests a digest of all that what it reaches depends on, its own text among it."""
    common = hashlib.sha256(sys.version.encode())
    shared = [path for folder in DEPENDED_ON for path in (ROOT / folder).rglob("*.*")]
    files = sorted({path for name in TESTS for path in [ROOT / name, *(ROOT / name).rglob("*")] if path.is_file()})
    shared += [path for path in files if not path.name.startswith("test_")] + [Path(__file__)]
    for path in sorted(path for path in shared if path.is_file() and path.suffix != ".pyc"):
        common.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    tests = [path for path in files if path.name.startswith("test_") and path.suffix == ".py"]
    return {
        str(path.relative_to(ROOT)): hashlib.sha256(common.digest() + path.read_bytes()).hexdigest()
        for path in tests
        if not any(path.match(pattern) for pattern in LEFT_OUT)
    }


def measured_apart(kept: Mapping[str, Path], fresh: Sequence[str]) -> None:
    sys.stdout.flush()
    if (pid := os.fork()) == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            measure(kept, fresh)
        except SystemExit as stop:
            print(stop, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        raise SystemExit(1)


def measure(kept: Mapping[str, Path], fresh: Sequence[str]) -> None:
    """Run the tests of these files once under a tracer; keep what they reach, and which modules of others they import.

    A test that fails, takes too long, or starts processes and runs nothing here, is left out.
    """

    def too_long(*_: object) -> None:
        pytest.fail(TOO_LONG)

    def loop(items: dict[str, pytest.Item]) -> None:
        forget_all()
        loading = Tracer()
        sys.settrace(loading.called)
        policies = load_all()
        sys.settrace(None)
        signal.signal(signal.SIGVTALRM, too_long)
        for file in fresh:
            tests = {}
            spent: dict[str, float] = defaultdict(float)
            here = [name for name in items if name.partition("::")[0] == file]
            for name in random.Random(file).sample(here, len(here)):
                function = name.partition("[")[0]
                if spent[function] < SECONDS_OF_A_FUNCTION_MAX:
                    began = time.process_time()
                    if found := tried(name, items[name], policies):
                        tests[name] = found
                    spent[function] += time.process_time() - began
            modules = [name for name in sys.modules if name.partition(".")[0] not in ("canbao", "tests", "__main__")]
            told = {"tests": tests, "loading": by_file(loading.lines), "modules": modules}
            partial = kept[file].with_suffix(f".{os.getpid()}")
            partial.write_text(json.dumps(told), encoding="utf-8")
            partial.replace(kept[file])

    Run(loop).start(fresh)


def tried(name: str, item: pytest.Item, policies: list[Any]) -> tuple[float, dict[str, list[int]]] | None:
    """The seconds of one test under the tracer, and the lines that it runs."""
    forget_worked_out(policies)
    tracer = Tracer()
    threading.settrace(tracer.called)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    began = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS_OF_A_TEST_MAX)
    sys.settrace(tracer.called)
    error = failure(item)
    sys.settrace(None)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    took = time.process_time() - began
    if error is not None:
        why = "takes too long" if TOO_LONG in error else f"fails on the unchanged code: {error}"
        print(f"mutation: {name} is left out, it {why}", file=sys.stderr, flush=True)
        return None
    # What runs no line may still see a changed constant, but not from another process.
    if tracer.lines or resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime == children:
        return took, by_file(tracer.lines)
    return None


def by_file(lines: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for file, line in sorted(lines):
        found[file].append(line)
    return found


def spots(found: Mapping[str, Iterable[int]]) -> set[tuple[str, int]]:
    return {(file, line) for file, lines in found.items() for line in lines}


class Tracer:
    """Collects the lines of the engine that run; a function with all lines seen, or called often, shows no more."""

    def __init__(self) -> None:
        self.lines: set[tuple[str, int]] = set()
        self.calls: Counter[int] = Counter()
        # By identity: a code object is hashed by all that it holds, at each call.
        self.unseen: dict[int, set[int]] = {}
        self.known: list[CodeType] = []

    def called(self, frame: FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        unseen = self.unseen.get(id(code))
        if unseen is None:
            self.known.append(code)
            ours = code.co_filename.startswith(str(SOURCE))
            unseen = self.unseen[id(code)] = {line for *_, line in code.co_lines() if line} if ours else set()
        if not unseen:
            return None
        self.calls[id(code)] += 1
        if self.calls[id(code)] > CALLS_TRACED_MAX:
            unseen.clear()
            return None
        return self.ran(frame, event, None)

    def ran(self, frame: FrameType, event: str, _: Any) -> Any:
        self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        self.unseen[id(frame.f_code)].discard(frame.f_lineno)
        return self.ran
