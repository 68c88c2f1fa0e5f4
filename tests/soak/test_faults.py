"""Each fault a hundred times (`make soak`): 0 lost, 0 doubled, order kept. The table is `build/soak/faults.md`.

`BALLAST_SOAK_FAULTS` is how many of each, `BALLAST_SOAK_SEED` the seed.
"""

from __future__ import annotations

import os

import pytest

from tests.soak import report
from tests.soak.faults import FAULTS, Fault
from tests.soak.rig import Rig, why_not
from tests.soak.verdict import Verdict

pytestmark = pytest.mark.soak
COUNT = int(os.environ.get("BALLAST_SOAK_FAULTS", "100"))
SEED = int(os.environ.get("BALLAST_SOAK_SEED", "20261124"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_nothing_is_lost_doubled_or_out_of_order(fault: Fault) -> None:
    if reason := why_not(fault.needs):
        pytest.skip(reason)
    total = Verdict()
    with Rig(SEED, kafka="kafka" in fault.needs, skew="skew" in fault.needs) as rig:
        while total.faults < COUNT:
            total.add(rig.hurt(fault, min(fault.batch, COUNT - total.faults)))
            report.write(fault, total, SEED)
    assert not total.problems, "\n".join(total.problems)
    assert (total.lost, total.doubled, total.disordered) == (0, 0, 0)
    assert total.cycles >= total.faults / 2, "faults without traffic prove nothing"
