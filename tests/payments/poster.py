"""A process of its own that takes payments until it is killed: `python -m tests.payments.poster`.

Reads bill ids from stdin, one a line; prints each id once its payment is committed. A line is an acknowledgement.
"""

from __future__ import annotations

import sys


def main() -> None:
    import django

    django.setup()
    from canbao.kernel.clock import FixedClock
    from canbao.payments.actions import take_counter_payment
    from tests import town

    clock = FixedClock(town.IN_WINDOW)
    print("ready", flush=True)
    for line in sys.stdin:
        bill_id = int(line)
        take_counter_payment(actor=town.CLERK, bill_id=bill_id, amount_fen=40000, key=f"kill {bill_id}", clock=clock)
        print(bill_id, flush=True)


if __name__ == "__main__":
    main()
