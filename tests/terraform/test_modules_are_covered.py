"""The tests of every module pass and leave nothing out; layout, roots and policies as `ballast validate` checks them.

What `ballast validate` found for the same files, core and code is believed (its memory is keyed by content).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ballast.findings import checks, run

IDS = ("terraform/tests", "terraform/fmt", "terraform/policy")


@pytest.mark.slow
@pytest.mark.parametrize("check", [c for c in checks() if c.id in IDS], ids=lambda check: check.id)
def test_terraform_has_no_findings(check: object, root: Path) -> None:
    report = run(root, [check])  # type: ignore[list-item]
    assert report.outcomes[0].units > 0
    assert [f"{f.position}: {f.check}: {f.message}" for f in report.findings] == []
