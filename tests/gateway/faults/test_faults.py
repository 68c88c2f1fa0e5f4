"""Each fault of `make soak` a few times, on one set of processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.soak.faults import FAULTS, Fault
from tests.soak.rig import Rig, why_not

FEW = 2


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with Rig(7, kafka=not why_not("kafka"), skew=not why_not("skew")) as made:
        yield made


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_nothing_is_lost_doubled_or_out_of_order(rig: Rig, fault: Fault) -> None:
    if reason := why_not(fault.needs):
        pytest.skip(reason)
    verdict = rig.hurt(fault, FEW, groups=8)
    assert not verdict.problems, "\n".join(verdict.problems)
    assert verdict.cycles >= 8
