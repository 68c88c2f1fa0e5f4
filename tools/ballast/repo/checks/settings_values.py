"""A setting that cannot work.

`runbook_url` and `dashboard_url` are templates in which `{alert}`, `{service}` and `{slo}` are replaced; any other brace would
stand in the link as it is. Rules of the fast group are evaluated every `intervals.fast`, which should not be slower than the
slow group's, and a page is only promised within 30 seconds up to 10 seconds. The slow group records the half-hour tiles that
budgets are made of; Prometheus looks back five minutes for one, so it must run at least that often.

Mend: use the three names, and an interval of 5 or 10 seconds.

    - runbook_url: https://example.com/{name}
    + runbook_url: https://example.com/{alert}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.repo.burn_rates import seconds
from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import Settings
from ballast.repo.position import Severity

NAMES = ("alert", "service", "slo")
LOOKBACK = 300  # seconds: Prometheus' own default
_BRACE = re.compile(r"\{([^{}]*)\}|[{}]")


@check("settings/values", on=Settings)
def values(settings: Settings) -> Iterator[Issue]:
    """Links and intervals."""
    for name in ("runbook_url", "dashboard_url"):
        for found in _BRACE.finditer(getattr(settings, name)):
            if found[1] not in NAMES:
                hint = f"one of {', '.join(f'{{{known}}}' for known in NAMES)}"
                yield Issue((name,), f"`{name}`: {found[0]} is not replaced", hint, offset=found.start())
    fast, slow = seconds(settings.intervals.fast), seconds(settings.intervals.slow)
    if fast <= 0 or slow <= 0:
        yield Issue(("intervals",), "an interval of no length", "such as 5s and 1m")
    elif fast > slow:
        yield Issue(("intervals", "fast"), "the fast interval is slower than the slow one", "swap them")
    elif fast > 10:
        message = f"rules of pages are evaluated every {settings.intervals.fast}: a page can take longer than 30 s"
        yield Issue(("intervals", "fast"), message, "5s or 10s", Severity.WARNING)
    if slow > LOOKBACK:
        message = f"budgets are made of records every {settings.intervals.slow}, and Prometheus looks back 5 minutes for each"
        yield Issue(("intervals", "slow"), message, "5m or less, such as 1m")
