"""Reading a repository, and files that lie anywhere."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ballast.repo import CannotRun, Routing, Settings, Severity, alert_name, find_root, load, read_slo_files
from ballast.stack import tool
from tests.repo.examples import SLO

SLOTH = Path(__file__).parent / "sloth"


def test_this_repository_has_no_problems(root: Path) -> None:
    repository = load(root)
    assert repository.problems == []
    assert {"checkout", "catalog", "identity", "prometheus", "alertmanager", "gateway"} <= repository.services.keys()
    assert repository.slo_files
    assert all(document.path.startswith("alerts/slos/") for document in repository.slo_files)


def test_a_repository_without_settings_and_routing_has_those_of_the_house(tmp_path: Path) -> None:
    (tmp_path / "alerts").mkdir()
    repository = load(tmp_path)
    assert repository.settings == Settings()
    assert [repository.routing.alert_tier(None, severity) for severity in ("page", "ticket")] == ["P2", "P3"]


def test_routing_answers_by_tier_and_severity(root: Path) -> None:
    routing: Routing = load(root).routing
    assert routing.alert_tier(1, "page") == "P1"
    assert routing.alert_tier(3, "ticket") == "P4"


def test_documents_with_an_error_are_left_out_and_their_files_named(tmp_path: Path) -> None:
    (tmp_path / "alerts/slos/deep").mkdir(parents=True)
    (tmp_path / "alerts/slos/a.yaml").write_text(SLO.replace("99.9", "100"))
    (tmp_path / "alerts/slos/deep/b.yml").write_text(SLO.replace("availability", "b"))
    (tmp_path / "alerts/slos/notes.txt").write_text("not read")
    repository = load(tmp_path)
    assert [document.path for document in repository.slo_files] == ["alerts/slos/deep/b.yml"]
    assert repository.broken == {"alerts/slos/a.yaml"}


def test_a_sound_document_beside_a_broken_one_is_read(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(SLO + "---\n" + SLO.replace("99.9", "100").replace("availability", "b"))
    documents, problems = read_slo_files([file])
    assert [document.model.slos[0].name for document in documents] == ["availability"]
    assert [(p.position.line, p.check) for p in problems] == [(15, "slo/objective")]


def test_the_root_is_found_from_below(tmp_path: Path) -> None:
    (tmp_path / "alerts/slos").mkdir(parents=True)
    assert find_root(tmp_path / "alerts/slos") == tmp_path.resolve()


def test_what_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="no folder named alerts"):
        load(tmp_path)
    with pytest.raises(CannotRun, match="no folder named alerts"):
        find_root(tmp_path)
    with pytest.raises(CannotRun, match=r"cannot read .*nothing\.yaml: No such file"):
        read_slo_files([tmp_path / "nothing.yaml"])


def test_a_folder_stands_for_its_files() -> None:
    documents, problems = read_slo_files([SLOTH])
    assert {document.model.service for document in documents} >= {
        "bookshop",
        "lending",
        "returns",
        "weather-station",
        "archive",
    }
    assert len(documents) == sum(file.read_text().count("\nslos:") for file in SLOTH.iterdir())
    assert [p.check for p in problems] == ["slo/alert-name"]  # two services share a name, as in Sloth's example
    assert problems[0].severity is Severity.WARNING


@pytest.mark.parametrize("file", sorted(SLOTH.iterdir()), ids=lambda file: file.stem)
def test_what_sloth_publishes_is_read_unchanged(file: Path) -> None:
    documents, problems = read_slo_files([file])
    assert documents
    assert not [p for p in problems if p.severity is Severity.ERROR]


def test_those_files_are_sloths_indeed() -> None:
    done = subprocess.run([tool("sloth"), "validate", "-i", SLOTH], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("service", "slo", "given", "name"),
    [
        ("checkout", "availability", "", "CheckoutAvailabilityErrorBudgetBurn"),
        ("my-service_2", "read.latency", "", "MyService2ReadLatencyErrorBudgetBurn"),
        ("checkout", "availability", "Mine", "Mine"),
    ],
)
def test_alert_names(service: str, slo: str, given: str, name: str) -> None:
    assert alert_name(service, slo, given) == name
