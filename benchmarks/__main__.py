"""All benchmarks that need no database, one after the other: `make bench`.

Every step says when it began; every ratio is to a peer or a floor of the same run. Run some: python -m benchmarks 1 3
"""

import sys
import time
from collections.abc import Callable
from functools import partial

from benchmarks import bill, price, quote, rules, spark
from benchmarks.processes import load, peer

STEPS: list[tuple[str, Callable[[], None]]] = [
    ("one quote, beside zen-engine and OpenFisca", quote.main),
    ("a changed policy for a whole register", partial(price.main, [])),
    ("the rules alone, beside OpenFisca", partial(rules.main, [])),
    ("a register file to file, beside plain copies and OpenFisca", partial(bill.main, [])),
    ("a register on Spark, beside Spark's own copy", partial(spark.main, ["1_000_000"])),
]


def main(words: list[str]) -> None:
    peer("openfisca/run.py")  # Says at once if the peers are missing.
    wanted = [int(word) for word in words] or range(1, len(STEPS) + 1)
    began = time.monotonic()
    for number in wanted:
        what, act = STEPS[number - 1]
        print(
            f"[{number}/{len(STEPS)}] {what} ({(time.monotonic() - began) / 60:.0f} min so far, {load()})", flush=True
        )
        act()
        print(flush=True)
    print(f"done in {(time.monotonic() - began) / 60:.0f} min", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
