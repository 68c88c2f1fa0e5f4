"""Series as OpenMetrics text, which promtool makes blocks of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Made:
    """A series: times are Unix seconds, rising."""

    name: str
    labels: Mapping[str, str]
    at: Floats
    values: Floats


def write(path: Path, series: Iterable[Made]) -> int:
    """Write them all; how many samples there were."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for one in series:
            held = ",".join(f'{key}="{_escaped(value)}"' for key, value in sorted(one.labels.items()))
            head = f"{one.name}{{{held}}}"
            pairs = zip(one.at.tolist(), one.values.tolist(), strict=True)
            file.write("".join(f"{head} {value:.9g} {time:.3f}\n" for time, value in pairs))
            count += one.at.size
        file.write("# EOF\n")
    return count


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
