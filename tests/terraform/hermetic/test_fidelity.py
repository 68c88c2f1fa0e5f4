"""The snapshots against what real providers print, for every type in use; each difference is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ballast.terraform import Core, Server, Workspace
from ballast.terraform.snapshots import KINDS, Document, TypeRef
from tests.terraform.hermetic.fidelity import differences

ROOT = Path(__file__).resolve().parents[3]
RETYPED = {  # by the provider's next major version
    "google_container_cluster logging_config.enable_components",
    "google_container_cluster monitoring_config.enable_components",
    "google_secret_manager_secret_version secret_data_wo_version",
    "google_storage_bucket retention_policy.retention_period",
}
REFERENCE = ROOT.parent / "shared" / "schemas" / "reference"


def test_the_snapshots_are_what_real_providers_print() -> None:
    """A newer or older provider differs by its version's changes; more than that is a snapshot that is wrong."""
    if not REFERENCE.is_dir():
        pytest.skip(f"{REFERENCE} is absent: the snapshots are compared with nothing")
    lines: list[str] = []
    compared = attributes = 0
    unknown: list[TypeRef] = []
    for path in sorted((ROOT / "terraform" / "schemas").glob("*.json")):
        ours = Document.read(path)
        reference = next(REFERENCE.glob(f"{path.stem}-*.json"), None)
        if reference is None:
            unknown += sorted(ours.types())
            continue
        theirs = Document.read(reference, reference.stem.removeprefix(f"{path.stem}-"))
        for ref in sorted(ours.types()):
            key = KINDS[ref.kind]
            if ref not in theirs.types():
                unknown.append(ref)
                continue
            compared += 1
            mine = ours.schemas[key][ref.name]
            attributes += str(mine).count("'type'") + str(mine).count("nested_type")
            found = list(differences(mine["block"], theirs.schemas[key][ref.name]["block"]))
            lines += [f"{ref} ({ours.version} → {theirs.version}): {line}" for line in found]
    report = ROOT / "build" / "fidelity.txt"
    report.parent.mkdir(exist_ok=True)
    report.write_text("\n".join([*lines, *(f"{ref}: not in the reference" for ref in unknown)]) + "\n")
    print(f"\n{compared} types compared, {attributes} attributes, {len(lines)} differences ({report.relative_to(ROOT)})")
    assert compared > 0
    retyped = {line.split(" ")[0] + " " + line.split(": type ")[1].split(":")[0] for line in lines if ": type " in line}
    assert retyped <= RETYPED
    assert len(lines) <= 0.1 * attributes, "so much is no difference between two versions of a provider"


def test_the_roots_are_valid_at_the_other_end_of_the_provider_ranges(core: Core, tmp_path: Path) -> None:
    """The snapshots are AWS 6, Google 6, Kubernetes 2; the references AWS 5, Google 7, Kubernetes 3: modules accept both."""
    if not REFERENCE.is_dir():
        pytest.skip(f"{REFERENCE} is absent: modules are not tried with other provider versions")
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    for path in (ROOT / "terraform" / "schemas").glob("*.json"):
        document = Document.read(path)
        if reference := next(REFERENCE.glob(f"{path.stem}-*.json"), None):
            other = Document.read(reference)
            for key in KINDS.values():  # the reference of AWS holds a part of it
                document.schemas[key] = document.schemas.get(key, {}) | other.schemas.get(key, {})
        (schemas / path.name).write_bytes(document.text())
    roots = sorted(path.parent for path in (ROOT / "terraform" / "environments").glob("staging/*/*/versions.tf"))
    with Server(schemas) as server:
        for root in roots:
            with Workspace(root, core=core, server=server, into=tmp_path / "work") as tf:
                tf.init()
                done = tf.run("validate", "-no-color", capture=True)
                assert done.returncode == 0, f"{root.relative_to(ROOT)}: {done.stdout}{done.stderr}"
