"""A history of the checkout service as OpenMetrics, with incidents of every kind, the same every time.

    python -m tests.slo.replay.history build/history.om [DAYS]

docs/replay.md is made with it.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

START = 1_793_577_600  # 2026-11-02 00:00 UTC, a Monday
DAY, HOUR = 86400, 3600
BUCKETS = (0.1, 0.25, 0.5, 1.0)

# From which second on, how long, and the share that fails and the share that is slow.
TROUBLE = (
    (1 * DAY + 9 * HOUR + 600, 14 * 60, 0.35, 0.4),  # a release, rolled back
    (2 * DAY + 2 * HOUR, 4 * 60, 0.9, 0.9),  # a short outage at night
    (3 * DAY + 13 * HOUR, 5 * HOUR, 0.006, 0.02),  # a slow burn
    (4 * DAY + 16 * HOUR, 25 * 60, 0.0, 0.6),  # slow, not failing
    (5 * DAY + 20 * HOUR, 50 * 60, 0.06, 0.1),  # one shard of many
)
GAP = (6 * DAY + 3 * HOUR, 40 * 60)


def write(path: Path, days: int = 7) -> None:
    """A sample a minute. After the first week only its third and fifth trouble come again."""
    counts = {"200": 0.0, "503": 0.0}
    within = dict.fromkeys([*BUCKETS, math.inf], 0.0)
    lines: dict[str, list[str]] = {}
    for minute in range(days * 1440 + 1):
        second = minute * 60
        rate = 40 + 30 * math.sin(2 * math.pi * (second / DAY - 0.3)) + 3 * math.sin(minute)
        failing, slow = 0.0002, 0.003
        for number, (begin, length, bad, late) in enumerate(TROUBLE):
            at = second if second < 7 * DAY or number in (0, 1, 3) else second % (7 * DAY)
            if begin <= at < begin + length:
                failing, slow = failing + bad, slow + late
        events = round(rate * 60)
        bad_events = round(events * failing)
        counts["200"] += events - bad_events
        counts["503"] += bad_events
        for bucket in within:
            share = {0.1: 0.8, 0.25: 1.0, 0.5: 1.0 + 0.5 * slow, 1.0: 1.0 + 0.9 * slow}.get(bucket, 1.0 + slow) - slow
            within[bucket] += round(events * min(1.0, max(0.0, share)))
        if GAP[0] <= second < GAP[0] + GAP[1]:
            continue
        for code, value in counts.items():
            name = f'http_requests_total{{service="checkout",code="{code}"}}'
            lines.setdefault(name, []).append(f"{name} {value:.0f} {START + second}\n")
        for bucket, value in within.items():
            le = "+Inf" if bucket == math.inf else f"{bucket!r}"
            name = f'http_request_duration_seconds_bucket{{service="checkout",le="{le}"}}'
            lines.setdefault(name, []).append(f"{name} {value:.0f} {START + second}\n")
        name = 'http_request_duration_seconds_count{service="checkout"}'
        lines.setdefault(name, []).append(f"{name} {within[math.inf]:.0f} {START + second}\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(text for series in lines.values() for text in series) + "# EOF\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 7)
