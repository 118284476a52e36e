"""Mutation testing of the policy engine: which small change of its code would no test notice?

    python -m tests.storm.mutation [PART OF A FILE NAME ...]

Environment: STORM_MUTANTS (how many are drawn of each module, or all), STORM_SEED (which ones), STORM_JOBS (processes
at once). The score of the whole weighs each module by how many mutants it has, and is told with its 95 % interval.
A survivor that was looked at stands in survivors.toml with the reason; it still counts against the score. The modules
of Spark are tried against one session in warm.py, if Spark is installed (make spark); what starts it is left out.

A runner of our own, because the engine has thousands of mutants and its tests take a minute: a tool that starts Python
for each mutant (cosmic-ray) needs hours, and one that rewrites functions in a copy of the tree (mutmut) leaves out
properties, module constants and data models, of which the engine is full. Here the tests are collected once. Each
mutant is a fork: it gives the functions their changed code, then runs the tests that reach the changed line, those
first that are fast and that noticed most in this function, until one fails. Code that runs at import is changed by
importing anew. A mutant that uses much more time than the tests need counts as noticed.
"""

from __future__ import annotations

import gc
import importlib.abc
import importlib.machinery
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import hypothesis
import pytest

from tests.storm import warm
from tests.storm.mutants import Mutant, mutants
from tests.storm.reach import ROOT, SOURCE, Reach, Run, failure, forget_all, load_all
from tests.storm.verdicts import Verdicts

SURVIVORS = Path(__file__).with_name("survivors.toml")
BEST = "test_every_worked_case_comes_out"
"""They say most about the engine; the order of the others is learnt on the way."""
SCORE_MIN = 90
DRAWN = "12"
SPARK = "spark"
"""The beginning of the names of the modules that only Java runs."""
PATIENCE = 8
SURVIVED, NOTICED, UNTRIED = 0, 1, 2


def code_of(within: CodeType, name: str, line: int) -> CodeType:
    for constant in within.co_consts:
        if isinstance(constant, CodeType):
            if (constant.co_qualname, constant.co_firstlineno) == (name, line):
                return constant
            if name.startswith(constant.co_qualname + "."):
                return code_of(constant, name, line)
    raise LookupError(f"no function {name} at line {line}")


class Importer(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Imports one module of the engine from its mutant, all others as they are."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        name = ".".join(mutant.path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
        super().__init__(name, str(mutant.path))

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=self.path)

    def get_code(self, fullname: str) -> CodeType:
        return self.mutant.code()


def try_tests(items: dict[str, pytest.Item], names: Iterable[str], seconds: dict[str, float], said: int) -> None:
    """Run the tests until one fails; then say its name to `said` and end this process."""
    for name in names:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds[name] * PATIENCE + 3)
        if failure(items[name]) is not None:
            os.write(said, name.encode())
            os._exit(NOTICED)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)


@dataclass
class Trial:
    """The mutants, the processes that try them now, and what came out."""

    reached: Reach
    verdicts: Verdicts
    jobs: int
    left: Counter[Path]
    running: dict[int, tuple[Mutant, int, Path]] = field(default_factory=dict)
    survivors: list[Mutant] = field(default_factory=list)
    counts: dict[Path, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    noticed: dict[object, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    broken_off: bool = False

    def __post_init__(self) -> None:
        self.total = self.left.total()
        self.noticed[None].update({name: 50 for name in self.reached.seconds if BEST in name})

    @property
    def done(self) -> int:
        return self.total - self.left.total()

    def try_all(self, wanted: Sequence[Mutant], work: Callable[[Mutant, list[str], int], None]) -> None:
        """Each module ends with its row, so that a run that is broken off has told what it found."""
        gc.collect()
        gc.freeze()
        try:
            for mutant in wanted if not self.broken_off else ():
                names = self.tests(self.reached, mutant)
                if not names:
                    self.record(mutant, "survived", "")
                    continue
                while len(self.running) >= self.jobs:
                    self.wait()
                self.start(mutant, names, work)
            while self.running:
                self.wait()
        except KeyboardInterrupt:
            self.broken_off = True
            for pid in self.running:
                os.kill(pid, signal.SIGKILL)

    def try_warm(self, wanted: Sequence[Mutant]) -> None:
        reached = Reach()
        try:
            warm.try_warm(wanted, reached, lambda mutant: self.tests(reached, mutant), self.record)
        except KeyboardInterrupt:
            self.broken_off = True

    def tests(self, reached: Reach, mutant: Mutant) -> list[str]:
        return reached.tests(mutant, self.noticed[mutant.path, mutant.owner], self.noticed[None])

    def start(self, mutant: Mutant, names: list[str], work: Callable[[Mutant, list[str], int], None]) -> None:
        folder = Path(tempfile.mkdtemp(prefix="mutant-"))
        reading, writing = os.pipe()
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            os.close(writing)
            self.running[pid] = (mutant, reading, folder)
            return
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        # Against a deadlock; a loop without end is stopped by the time that the process itself uses.
        signal.alarm(1800)
        signal.setitimer(signal.ITIMER_VIRTUAL, 120)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            work(mutant, names, writing)
        finally:
            # Code that cannot even be imported, or tests that cannot be collected, are noticed too.
            os._exit(NOTICED)

    def wait(self) -> None:
        pid, status = os.wait()
        if pid not in self.running:
            return
        mutant, reading, folder = self.running.pop(pid)
        killer = os.read(reading, 1000).decode()
        os.close(reading)
        shutil.rmtree(folder, ignore_errors=True)
        if os.WIFSIGNALED(status):
            self.record(mutant, "slow", "")
        elif os.WEXITSTATUS(status) == UNTRIED:
            print(
                f"mutation: {mutant.path}:{mutant.line} [{mutant.label}] cannot be tried; mend the runner", flush=True
            )
            os._exit(2)
        else:
            self.record(mutant, "survived" if os.WEXITSTATUS(status) == SURVIVED else "noticed", killer)

    def untried(self, wanted: Sequence[Mutant]) -> list[Mutant]:
        """Those of which no verdict is known; the others are recorded."""
        left = []
        for mutant in wanted:
            if known := self.verdicts.of(mutant):
                self.record(mutant, *known, fresh=False)
            else:
                left.append(mutant)
        return left

    def record(self, mutant: Mutant, outcome: str, killer: str, *, fresh: bool = True) -> None:
        if fresh:
            self.verdicts.keep(mutant, outcome, killer)
        self.counts[mutant.path][outcome] += 1
        if killer:
            self.noticed[mutant.path, mutant.owner][killer] += 1
            self.noticed[None][killer] += 1
        if outcome == "survived":
            self.survivors.append(mutant)
            print(f"survives: {mutant.path.relative_to(SOURCE)}:{mutant.line} [{mutant.label}]", flush=True)
        self.left[mutant.path] -= 1
        if not self.left[mutant.path]:
            row = _row(mutant.path.relative_to(SOURCE).as_posix(), self.counts[mutant.path])
            print(f"{row}   {self.done} of {self.total} tried", flush=True)


def anew(reached: Reach) -> Callable[[Mutant, list[str], int], None]:
    """Try a mutant of code that runs at import, in a process that has not imported the engine yet."""

    def work(mutant: Mutant, names: list[str], said: int) -> None:
        sys.meta_path.insert(0, Importer(mutant))
        files = dict.fromkeys(name.partition("::")[0] for name in names)
        for file in files:
            here = [name for name in names if name.partition("::")[0] == file]
            Run(partial(try_tests, names=here, seconds=reached.seconds, said=said)).start([file])
        os._exit(SURVIVED)

    return work


def in_place(trial: Trial, wanted: Sequence[Mutant]) -> None:
    """Try the mutants of functions, in forks of a process that has collected the tests."""

    def loop(items: dict[str, pytest.Item]) -> None:
        functions: dict[tuple[str, str, int], list[FunctionType]] = defaultdict(list)
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(str(SOURCE)):
                code = each.__code__
                functions[code.co_filename, code.co_qualname, code.co_firstlineno].append(each)

        load_all()

        def work(mutant: Mutant, names: list[str], said: int) -> None:
            assert mutant.owner is not None
            try:
                code = code_of(mutant.code(), mutant.owner.name, mutant.owner.line)
                for function in functions[str(mutant.path), mutant.owner.name, mutant.owner.line]:
                    function.__code__ = code
            except (LookupError, SyntaxError, ValueError):
                os._exit(UNTRIED)
            if trial.reached.works_at_loading(mutant):
                forget_all()
            try_tests(items, names, trial.reached.seconds, said)
            os._exit(SURVIVED)

        trial.try_all(wanted, work)

    Run(loop).start()


def listed() -> Iterator[tuple[str, str, str]]:
    """File, line and change of every survivor that was looked at; an empty change stands for all of its line."""
    for entry in tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get("survivor", []):
        for change in entry.get("changes", [""]):
            yield entry["file"], entry["line"], change


def report(trial: Trial, sizes: Counter[Path]) -> int:
    """Every survivor, the score of each module and of the whole. `sizes`: how many mutants each module has."""
    known = set(listed())
    new = 0
    for mutant in sorted(trial.survivors, key=lambda mutant: (mutant.path, mutant.line, mutant.label)):
        file = mutant.path.relative_to(SOURCE).as_posix()
        text = mutant.path.read_text(encoding="utf-8").splitlines()[mutant.line - 1].strip()
        looked_at = (file, text, "") in known or (file, text, mutant.label) in known
        new += not looked_at
        print(f"{'' if looked_at else 'NEW '}{file}:{mutant.line}: {text}  [{mutant.label}]")
    print(f"\n{'module':32}{'mutants':>9}{'noticed':>9}{'slow':>6}{'survive':>9}{'score':>8}")
    whole: Counter[str] = Counter()
    for path, counts in sorted(trial.counts.items()):
        whole += counts
        print(_row(path.relative_to(SOURCE).as_posix(), counts))
    print(_row("all", whole))
    score, interval = estimate(trial.counts, sizes)
    print(f"score {score:.1f} % (± {interval:.1f}) of {sum(sizes[path] for path in trial.counts)} mutants")
    print(f"{new} survivors are not in {SURVIVORS.relative_to(ROOT)}; the score must be {SCORE_MIN} % or more")
    return 0 if score >= SCORE_MIN else 1


def estimate(counts: Mapping[Path, Counter[str]], sizes: Mapping[Path, int]) -> tuple[float, float]:
    """The score of all mutants by those tried, each module as its size weighs, and half its 95 % interval; percent."""
    total = sum(sizes[path] for path in counts)
    score = variance = 0.0
    for path, found in counts.items():
        tried, weight = found.total(), sizes[path] / total
        score += weight * (1 - found["survived"] / tried)
        # Two more, one of them noticed: of a few that were all noticed one does not know that all are.
        likely = (found["survived"] + 1) / (tried + 2)
        variance += weight**2 * likely * (1 - likely) / tried * (1 - tried / sizes[path])
    return 100 * score, 196 * variance**0.5


def _row(name: str, counts: Counter[str]) -> str:
    score = 100 * (1 - counts["survived"] / counts.total())
    return f"{name:32}{counts.total():9}{counts['noticed']:9}{counts['slow']:6}{counts['survived']:9}{score:7.1f}%"


def main(parts: Sequence[str]) -> int:
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    os.chdir(ROOT)
    hypothesis.settings.register_profile("mutation", phases=[hypothesis.Phase.generate], database=None)
    hypothesis.settings.load_profile("mutation")
    began = time.monotonic()
    reached = Reach.measured()
    print(f"{len(reached.seconds)} tests, measured after {time.monotonic() - began:.0f} s", flush=True)
    every = [
        mutants(path)
        for path in sorted(SOURCE.rglob("*.py"))
        if not path.name.startswith(warm.LEFT_OUT if warm.available() else SPARK)
        if not parts or any(part in path.relative_to(SOURCE).as_posix() for part in parts)
    ]
    sizes = Counter(mutant.path for found in every for mutant in found)
    if (drawn := os.environ.get("STORM_MUTANTS", DRAWN)) != "all":
        seed = os.environ.get("STORM_SEED", "1")
        print(f"{drawn} mutants of each module, drawn with seed {seed} from {sizes.total()}")
        every = [random.Random(seed).sample(found, min(int(drawn), len(found))) for found in every]
    wanted = [mutant for found in every for mutant in found]
    jobs = int(os.environ.get("STORM_JOBS", os.cpu_count() or 1))
    trial = Trial(reached, Verdicts(reached.digests), jobs, Counter(mutant.path for mutant in wanted))
    left = trial.untried(wanted)
    if trial.done:
        print(f"{trial.done} of them were tried before, on the same code and tests", flush=True)
    ours = [mutant for mutant in left if not mutant.path.name.startswith(SPARK)]
    called = {mutant for mutant in ours if reached.runs_in_tests(mutant)}
    trial.try_all([mutant for mutant in ours if mutant not in called], anew(reached))
    if called and not trial.broken_off:
        in_place(trial, [mutant for mutant in ours if mutant in called])
    if len(ours) < len(left) and not trial.broken_off:
        trial.try_warm([mutant for mutant in left if mutant.path.name.startswith(SPARK)])
    status = report(trial, sizes)
    print(f"{trial.done} of {len(wanted)} mutants in {time.monotonic() - began:.0f} s")
    return 1 if trial.broken_off else status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
