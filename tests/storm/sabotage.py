"""Does a net catch fish? Each sabotage breaks one guarantee in a copy of the source; the tests named for it must fail.

    python -m tests.storm.sabotage [NUMBER ...]

The numbers are those of the plan of proofs; without any, all are tried. Before, the same tests must pass on the copy as
it is. A test that cannot even be collected counts as no catch. Exit status 1 if a sabotage survives.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = (
    "src",
    "tests",
    "policies",
    "docs",
    "benchmarks",
    "pyproject.toml",
    "package.json",
    "requirements",
    "Makefile",
)
SECONDS_MAX = 900
_FAILED = re.compile(r"^FAILED (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Change:
    """`old` stands once in the file."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Sabotage:
    number: int
    what: str
    changes: tuple[Change, ...]
    tests: tuple[str, ...]


_PAYMENTS, _LEDGER = "src/canbao/payments", "src/canbao/ledger"
_ONE_LINE = 'models.OneToOneField(Capture, null=True, on_delete=models.PROTECT, related_name="statement_line")'

SABOTAGES = (
    Sabotage(
        1,
        "no unique (channel, notice)",
        (
            Change(
                f"{_PAYMENTS}/migrations/0003_channels.py",
                'models.UniqueConstraint(fields=("channel", "event_id"), name="payments_delivery_once")',
                'models.CheckConstraint(condition=models.Q(id__gte=0), name="payments_delivery_once")',
            ),
            Change(f"{_PAYMENTS}/actions/hearing.py", "ON CONFLICT (channel_id, event_id) DO NOTHING", ""),
        ),
        ("tests/payments/test_races.py::test_sixteen_tellings_at_once_are_one_payment",),
    ),
    Sabotage(
        2,
        "no lock of the bill",
        (
            Change(
                f"{_PAYMENTS}/actions/settling.py",
                'return Bill.objects.select_for_update(of=("self",)).get(pk=bill_id)',
                "return Bill.objects.get(pk=bill_id)",
            ),
        ),
        ("tests/payments/test_races.py::test_sixteen_counters_take_one_bill_once",),
    ),
    Sabotage(
        3,
        "a payment in two transactions",
        (
            Change(
                f"{_PAYMENTS}/actions/settling.py",
                "    billing.settle_bill(\n",
                "    connection.connection.commit()\n    billing.settle_bill(\n",
            ),
        ),
        ("tests/payments/test_counter.py",),
    ),
    Sabotage(
        4,
        "synchronous_commit may be off",
        (
            Change(
                "src/canbao/cli/database/safety.py",
                '"synchronous_commit": ("on",',
                '"synchronous_commit": ("off", "on",',
            ),
        ),
        ("tests/cli/test_safety.py",),
    ),
    Sabotage(
        5,
        "an answer before the commit",
        (
            Change(
                f"{_PAYMENTS}/actions/gathering.py",
                "    verdict = GATHERED.take(Telling(channel, report, heard.body), clock)\n",
                "    verdict = None\n    try:\n"
                "        GATHERED.take(Telling(channel, report, heard.body), clock)\n"
                "    except Exception:\n        pass\n",
            ),
        ),
        ("tests/payments/test_answers.py",),
    ),
    Sabotage(
        6,
        "any sum will do",
        (Change(f"{_PAYMENTS}/judging.py", "    if report.amount_fen != wanted:\n", "    if not wanted:\n"),),
        ("tests/payments/test_judging.py",),
    ),
    Sabotage(
        7,
        "any signature will do",
        (
            Change(
                f"{_PAYMENTS}/partners/rsa.py",
                "    except (InvalidSignature, binascii.Error, ValueError):\n        return False\n",
                "    except (InvalidSignature, binascii.Error, ValueError):\n        return True\n",
            ),
        ),
        ("tests/payments/test_redirect.py::test_what_is_forged_changed_or_old_changes_nothing_but_a_counter",),
    ),
    Sabotage(
        8,
        "the browser's return pays",
        (
            Change(
                f"{_PAYMENTS}/actions/attempts.py",
                "    waiting.update(ask_at=clock.now())\n",
                "    waiting.update(ask_at=None, state=_A.PAID, resolved_at=clock.now())\n",
            ),
        ),
        ("tests/payments/test_answers.py",),
    ),
    Sabotage(
        14,
        "a split rounded half up on both sides",
        (
            Change(
                "src/canbao/policy/shares.py",
                "            amount, percent_paid = paid_to_here - percent_paid, paid_to_here\n",
                "            amount = (int((share.percent or 0) * HUNDREDTHS) * base_fen * 2 + WHOLE_PERCENT)"
                " // (2 * WHOLE_PERCENT)\n            percent_paid = paid_to_here\n",
            ),
        ),
        ("tests/policy/test_amounts.py",),
    ),
    Sabotage(
        15,
        "the time of arrival decides the window",
        (Change(f"{_PAYMENTS}/actions/settling.py", "paid_at=capture.paid_at,", "paid_at=clock.now(),"),),
        ("tests/payments/test_redirect.py::test_the_time_of_payment_decides_and_not_that_of_its_telling",),
    ),
    Sabotage(
        19,
        "a reversal runs twice",
        (
            Change(
                f"{_LEDGER}/models.py",
                'models.OneToOneField("self", null=True',
                'models.ForeignKey("self", null=True',
            ),
            Change(
                f"{_LEDGER}/migrations/0001_initial.py",
                "models.OneToOneField(\n                        null",
                "models.ForeignKey(\n                        null",
            ),
            Change(
                f"{_LEDGER}/actions.py",
                "        if other is not None:\n",
                "        if entry_id < 0 and other is not None:\n",
            ),
            Change(
                f"{_LEDGER}/actions.py",
                'idem=f"reversal:{entry_id}"',
                'idem=f"reversal:{entry_id}:{Entry.objects.count()}"',
            ),
        ),
        ("tests/ledger/test_laws.py",),
    ),
    Sabotage(
        21,
        "a capture is matched with two lines",
        (
            Change("src/canbao/reconciliation/models.py", _ONE_LINE, _ONE_LINE.replace("OneToOneField", "ForeignKey")),
            Change(
                "src/canbao/reconciliation/migrations/0001_initial.py",
                'models.OneToOneField(\n                        null=True,\n'
                '                        on_delete=django.db.models.deletion.PROTECT,\n'
                '                        related_name="statement_line",\n                        to="payments.capture"',
                'models.ForeignKey(\n                        null=True,\n'
                '                        on_delete=django.db.models.deletion.PROTECT,\n'
                '                        related_name="statement_line",\n                        to="payments.capture"',
            ),
        ),
        ("tests/reconciliation/test_statements.py::test_nothing_of_ours_is_matched_twice",),
    ),
    Sabotage(
        24,
        "a job swallows its fault",
        (
            Change(
                "src/canbao/billing/actions/runs.py",
                '"fault", "fault_zh", "fault_en"))\n        raise\n',
                '"fault", "fault_zh", "fault_en"))\n',
            ),
        ),
        ("tests/billing/test_runs.py::test_a_fault_of_a_run_is_told_without_anybodys_data",),
    ),
)  # fmt: skip


def places(sabotage: Sabotage, root: Path) -> list[str]:
    """Changes whose text does not stand exactly once in its file, and tests that are not there."""
    wrong = []
    for change in sabotage.changes:
        found = (root / change.file).read_text(encoding="utf-8").count(change.old)
        if found != 1:
            wrong.append(f"{sabotage.number}: {change.file} has the text {found} times: {change.old.strip()[:60]}")
    for test in sabotage.tests:
        file, _, name = test.partition("::")
        if not (root / file).is_file() or (name and f"def {name}(" not in (root / file).read_text(encoding="utf-8")):
            wrong.append(f"{sabotage.number}: there is no test {test}")
    return wrong


def copy_of(root: Path, folder: Path) -> Path:
    """The tree without what was built; packages and browser files are linked."""
    target = folder / "tree"
    target.mkdir()
    for name in COPIED:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, target / name)
    if (root / "node_modules").exists():
        (target / "node_modules").symlink_to((root / "node_modules").resolve())
    return target


def run(tree: Path, tests: Sequence[str], data: Path) -> tuple[bool, list[str]]:
    """Whether all passed, and those that failed; a fault before any test ran is neither."""
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "CANBAO_DATA": str(data)}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "-rf", *tests],
        cwd=tree, env=environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
    )  # fmt: skip
    failed = _FAILED.findall(done.stdout)
    if done.returncode not in (0, 1):
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
    return done.returncode == 0, failed


def tried(sabotage: Sabotage, tree: Path, data: Path) -> list[str]:
    """The tests that noticed. The copy is whole again afterwards."""
    kept = {change.file: (tree / change.file).read_text(encoding="utf-8") for change in sabotage.changes}
    try:
        for change in sabotage.changes:
            file = tree / change.file
            file.write_text(file.read_text(encoding="utf-8").replace(change.old, change.new), encoding="utf-8")
        _, failed = run(tree, sabotage.tests, data)
    finally:
        for name, text in kept.items():
            (tree / name).write_text(text, encoding="utf-8")
    return failed


def main(words: Sequence[str]) -> int:
    wanted = [sabotage for sabotage in SABOTAGES if not words or str(sabotage.number) in words]
    survived = []
    with tempfile.TemporaryDirectory(prefix="canbao-sabotage-") as folder:
        tree, data = copy_of(ROOT, Path(folder)), Path(folder) / "data"
        tests = sorted({test for sabotage in wanted for test in sabotage.tests})
        whole, failed = run(tree, tests, data)
        if not whole:
            print("the tests fail without any sabotage:", *failed, sep="\n  ")
            return 1
        print("no. | sabotage | noticed by", flush=True)
        for sabotage in wanted:
            began = time.monotonic()
            noticed = tried(sabotage, tree, data)
            by = ", ".join(name.rpartition("::")[2] for name in noticed[:3]) or "NOBODY"
            more = f" and {len(noticed) - 3} more" if len(noticed) > 3 else ""
            print(f"{sabotage.number} | {sabotage.what} | {by}{more} ({time.monotonic() - began:.0f} s)", flush=True)
            if not noticed:
                survived.append(sabotage)
    print(f"{len(wanted) - len(survived)} of {len(wanted)} sabotages noticed")
    return 1 if survived else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
