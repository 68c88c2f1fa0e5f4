"""After an apply: smoke checks, and pages that were not there before."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from ballast.budget import Endpoint
from ballast.release.settings import Smoke
from ballast.repo import CannotRun

QUERY = 'ALERTS{alertstate="firing",severity="page"}'
POLL = 15.0
"""Seconds between questions."""


@dataclass(slots=True)
class Checked:
    """`held`, `broken`, or `unproven` when nobody could tell or nobody asked."""

    state: Literal["held", "broken", "unproven"]
    said: list[str] = field(default_factory=list)


def smoke(repo: Path, checks: list[Smoke], root: str, mode: str) -> Checked:
    """Run the checks of a root in order, in the repository. The first that fails ends them."""
    inner = root.removeprefix("terraform/environments/")
    mine = [one for one in checks if any(fnmatchcase(inner, glob) for glob in one.roots)]
    asked = [one for one in mine if mode == "real" or one.hermetic]
    if not asked:
        why = "nothing was really applied" if mine else "terraform/delivery.yaml has none for this root"
        return Checked("unproven", [f"smoke checks: {why}"])
    for one in asked:
        try:
            done = subprocess.run(one.run, cwd=repo, capture_output=True, text=True, timeout=one.seconds)
        except subprocess.TimeoutExpired:
            return Checked("broken", [f"{one.name}: no answer within {one.seconds:g} s"])
        except OSError as error:
            return Checked("unproven", [f"{one.name}: {one.run[0]} cannot be started: {error.strerror}"])
        if done.returncode:
            words = (done.stderr or done.stdout).strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
            return Checked("broken", [f"{one.name}: {words[0][:200]}"])
    return Checked("held", [one.name for one in asked])


class Pages:
    """Pages that fire now, by Prometheus' own ALERTS series. Raises CannotRun when it cannot be asked."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def firing(self) -> set[str]:
        """Alert names with their service, as `name (service)`."""
        import ssl

        import httpx

        at = self.endpoint
        verify: ssl.SSLContext | bool = True
        try:
            if at.ca_file or at.cert_file:
                verify = ssl.create_default_context(cafile=at.ca_file or None)
                if at.cert_file:
                    verify.load_cert_chain(at.cert_file, at.key_file or None)
            answer = httpx.post(
                f"{at.url}/api/v1/query", data={"query": QUERY}, headers=at.headers, verify=verify, timeout=20, trust_env=False
            )
            body = answer.json()
            if body["status"] != "success":
                raise ValueError
            metrics = [one["metric"] for one in body["data"]["result"]]
        except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
            raise CannotRun(f"{at.url} cannot say which pages fire: {type(error).__name__}") from error
        return {f"{m.get('alertname', '?')} ({m.get('service', '-')})" for m in metrics}


def watch(pages: Pages, before: set[str], minutes: float, *, poll: float = POLL, told: Callable[[str], None]) -> Checked:
    """Ask until `minutes` are over. Ends at once when a page fires that did not before; without an answer it is unproven."""
    end = time.monotonic() + minutes * 60
    asked = missed = 0
    while True:
        try:
            new = pages.firing() - before
            asked += 1
            if new:
                return Checked("broken", [f"{', '.join(sorted(new))} fires since the apply"])
        except CannotRun as error:
            missed += 1
            told(str(error))
        left = end - time.monotonic()
        if left <= 0:
            break
        time.sleep(min(poll, left))
    if missed:
        return Checked("unproven", [f"the watch got no answer {missed} times of {missed + asked}"])
    return Checked("held", [f"no new page in {minutes:g} min"])
