"""What came of mutants, kept for as long as nothing changes that it rests on: a run that was broken off goes on.

What a test noticed holds while that file of tests and the code stay as they are, all else while no file of tests
changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from tests.storm.mutants import Mutant
from tests.storm.reach import KEPT, ROOT
from tests.storm.warm import TESTS as SPARK_TESTS

FILE = KEPT / "verdicts.jsonl"


class Verdicts:
    def __init__(self, digests: Mapping[str, str]) -> None:
        """`digests`: of each file of tests, as `reach.digests` gives them."""
        self.digests = digests
        every = json.dumps(digests, sort_keys=True).encode() + (ROOT / SPARK_TESTS).read_bytes()
        self.whole = hashlib.sha256(every).hexdigest()
        lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
        told = [json.loads(line) for line in lines]
        self.known = {key: (outcome, by) for key, outcome, by, stamp in told if stamp == self._stamp(by)}

    def of(self, mutant: Mutant) -> tuple[str, str] | None:
        """The outcome and the test that noticed it, if both still hold."""
        return self.known.get(_key(mutant))

    def keep(self, mutant: Mutant, outcome: str, by: str) -> None:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        with FILE.open("a", encoding="utf-8") as file:
            file.write(json.dumps([_key(mutant), outcome, by, self._stamp(by)]) + "\n")

    def _stamp(self, by: str) -> str:
        return self.digests.get(by.partition("::")[0], self.whole)


def _key(mutant: Mutant) -> str:
    return f"{mutant.path.relative_to(ROOT)}:{mutant.line}:{mutant.place}:{mutant.label}"
