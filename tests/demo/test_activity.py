"""A collection under way, made by the same actions as the real one."""

from __future__ import annotations

from collections import Counter

import pytest

from canbao import demo
from canbao.billing.models import Bill
from canbao.demo import activity, loading
from canbao.payments.models import Payment
from canbao.registry.models import Resident


@pytest.mark.django_db(transaction=True)
def test_bills_are_issued_in_most_places_and_paid_unevenly_and_never_twice() -> None:
    loaded = demo.load(lambda line: None, size=1500, seed=3)
    assert loaded is not None

    assert loading.cast_villages(1500, 3) == loaded.cast_villages
    issued = activity.issue(lambda line: None, loaded.seed, loaded.cast_villages)
    paid = activity.pay(lambda line: None, loaded.seed)

    assert loaded.enrolled * 0.4 < issued < loaded.enrolled
    assert 0.05 * issued < paid < 0.5 * issued
    assert Payment.objects.count() == paid
    assert Bill.objects.filter(policy_id="370481-2025").exists()
    cast = Resident.objects.filter(name="刘玉珍").earliest("pk")
    assert not Bill.objects.filter(village_code__startswith=cast.village_code[:9]).exists()
    townships = Bill.objects.filter(policy_id="370481-2025")
    shares = Counter(code[:9] for code in townships.filter(state="settled").values_list("village_code", flat=True))
    everything = Counter(code[:9] for code in townships.values_list("village_code", flat=True))
    percents = [shares[township] / everything[township] for township in everything]
    assert max(percents) - min(percents) > 0.1

    assert activity.issue(lambda line: None, loaded.seed, loaded.cast_villages) == 0
    assert activity.pay(lambda line: None, loaded.seed) == 0
    assert Payment.objects.count() == paid
