from __future__ import annotations

from pathlib import Path

import pytest

from ballast.findings import Check, checks
from ballast.findings.pages import title
from tests.findings.cases import Case, all_cases, run_case

CASES = all_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_check_finds_what_its_page_and_its_cases_say(case: Case, tmp_path: Path) -> None:
    report = run_case(case, tmp_path)
    found = [f"{f.position} {f.severity}: {f.message}" for f in report.findings]
    assert not report.unproven, found
    assert report.outcomes[0].units, "the check looked at nothing"
    if case.findings is None:
        assert found
        return
    assert len(found) == len(case.findings), found
    for piece in case.findings:
        assert any(piece in text for text in found), f"{piece!r} is in none of {found}"
        found.remove(next(text for text in found if piece in text))


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.id)
def test_every_check_has_a_page_and_both_kinds_of_cases(check: Check) -> None:
    if check.id == "generated/current":
        pytest.skip("its cases are in test_writing.py: they are made by the generators")
    own = [case.findings for case in CASES if case.check is check]
    assert any(f is None or f for f in own), "no failing case"
    assert any(f == [] for f in own), "no passing case"
    for id_, page in check.pages.items():
        assert title(page).endswith("."), id_
        assert "Mend:" in page, f"{id_}: the page does not say how to mend it"
