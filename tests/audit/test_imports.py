"""Changes from CloudTrail, Google Cloud and Kubernetes: each once, what is broken with its place, and who did it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ballast.audit import FORMATS, Imported, Record, import_files, problems, read, record_of
from ballast.audit.imports.event import NoEvent
from ballast.repo import CannotRun


def cloudtrail(event: str = "e-1", **changes: Any) -> dict[str, Any]:
    """A record as the CloudTrail User Guide shows them."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEEXAMPLEEXA:ada@acme.example",
            "arn": "arn:aws:sts::123456789012:assumed-role/Admin/ada@acme.example",
            "accountId": "123456789012",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::123456789012:role/Admin", "userName": "Admin"},
                "attributes": {"creationDate": "2026-11-24T08:00:00Z", "mfaAuthenticated": "true"},
            },
        },
        "eventTime": "2026-11-24T09:00:00Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "AuthorizeSecurityGroupIngress",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2.15",
        "requestParameters": {"groupId": "sg-0123456789abcdef0", "ipPermissions": {"items": [{"fromPort": 22}]}},
        "responseElements": {"_return": True},
        "eventID": event,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
        **changes,
    }


def gcp(insert: str = "i-1", **changes: Any) -> dict[str, Any]:
    """A LogEntry as Cloud Logging's reference shows them."""
    payload = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "authenticationInfo": {"principalEmail": "ada@acme.example", "principalSubject": "user:ada@acme.example"},
        "requestMetadata": {"callerIp": "192.0.2.7", "callerSuppliedUserAgent": "gcloud/480"},
        "serviceName": "compute.googleapis.com",
        "methodName": "v1.compute.firewalls.patch",
        "resourceName": "projects/acme/global/firewalls/allow-ssh",
        "status": {},
        **changes.pop("payload", {}),
    }
    return {
        "protoPayload": payload,
        "insertId": insert,
        "resource": {"type": "gce_firewall_rule", "labels": {"project_id": "acme"}},
        "timestamp": "2026-11-24T09:00:00.123456789Z",
        "severity": "NOTICE",
        "logName": "projects/acme/logs/cloudaudit.googleapis.com%2Factivity",
        **changes,
    }


def kubernetes(audit: str = "a-1", **changes: Any) -> dict[str, Any]:
    """An Event of audit.k8s.io/v1."""
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse",
        "auditID": audit,
        "stage": "ResponseComplete",
        "requestURI": "/apis/apps/v1/namespaces/monitoring/deployments/gateway",
        "verb": "patch",
        "user": {"username": "ada@acme.example", "groups": ["sre", "system:authenticated"]},
        "sourceIPs": ["192.0.2.7"],
        "userAgent": "kubectl/v1.34",
        "objectRef": {"resource": "deployments", "namespace": "monitoring", "name": "gateway", "apiGroup": "apps"},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": "2026-11-24T09:00:00.000001Z",
        "stageTimestamp": "2026-11-24T09:00:00.100000Z",
        **changes,
    }


MAKE = {"cloudtrail": cloudtrail, "gcp": gcp, "kubernetes": kubernetes}


def records(log: Path) -> list[Record]:
    return [record_of(line) for line in read(log)]


def lines_of(path: Path, *documents: Any) -> Path:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in documents))
    return path


def take(tmp_path: Path, format_: str, *documents: Any) -> tuple[Imported, list[Record]]:
    done = import_files(format_, [lines_of(tmp_path / "events.jsonl", *documents)], tmp_path / "log")
    return done, records(tmp_path / "log") if (tmp_path / "log").exists() else []


# --- Files --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", FORMATS)
def test_each_event_is_taken_once_in_every_shape_of_file(tmp_path: Path, format_: str) -> None:
    documents = [MAKE[format_](f"id-{number}") for number in range(4)]
    key = {"cloudtrail": "Records", "gcp": "entries", "kubernetes": "items"}[format_]
    shapes = {
        "object.json": json.dumps({"kind": "EventList", "metadata": {}, key: documents}),
        "pretty.json": json.dumps({key: documents}, indent=2),
        "list.json": json.dumps(documents, indent=1),
        "lines.json": "\n\n".join(map(json.dumps, documents)),
        "one.json": json.dumps(documents[0], indent=2),
        "bom.json": "\ufeff" + json.dumps(documents[0]),
        "empty.json": "",
    }
    for name, text in shapes.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "object.json.gz").write_bytes(gzip.compress(shapes["object.json"].encode()))
    files = [tmp_path / name for name in (*shapes, "object.json.gz")]
    done = import_files(format_, files, tmp_path / "log")
    assert (done.added, done.again, done.problems) == (4, 18, [])
    again = import_files(format_, files, tmp_path / "log")
    assert (again.added, again.again) == (0, 22)
    assert len(records(tmp_path / "log")) == 4
    assert list(problems(read(tmp_path / "log"))) == []


def test_what_is_broken_is_a_finding_with_its_place_and_the_rest_is_taken(tmp_path: Path) -> None:
    good = json.dumps(cloudtrail("one"))
    path = tmp_path / "trail.jsonl"
    late, last = json.dumps(cloudtrail("two", eventTime="soon")), json.dumps(cloudtrail("three"))
    path.write_text(f"{good}\n{{oops}}\n  [1]\n{late}\n{last}\n")
    done = import_files("cloudtrail", [path], tmp_path / "log")
    assert done.added == 2
    assert [str(one.position).removeprefix(f"{path}:") for one in done.problems] == ["2:2", "3:3", "4:1"]
    assert "not JSON" in str(done.problems[0])
    assert "no time: soon" in str(done.problems[2])


def test_a_file_that_was_cut_off_gives_what_came_before(tmp_path: Path) -> None:
    whole = json.dumps({"Records": [cloudtrail("one"), cloudtrail("two"), cloudtrail("three")]}, indent=1)
    path = tmp_path / "trail.json"
    path.write_text(whole[: whole.index('"three"') + 3])
    done = import_files("cloudtrail", [path], tmp_path / "log")
    assert done.added == 2
    [problem] = done.problems
    assert problem.position.line > 50
    assert "what follows" in problem.hint
    source = records(tmp_path / "log")[1].details["source"]
    name, line, column = source.split(":")
    assert name == "trail.json"
    assert path.read_text().splitlines()[int(line) - 1][int(column) - 1] == "{"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(b"\x1f\x8b\x08broken")
    for name in ("none.json", "x.gz"):
        with pytest.raises(CannotRun, match="cannot be read"):
            import_files("gcp", [tmp_path / name], tmp_path / "log")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=150)
@given(st.sampled_from(sorted(FORMATS)), st.data())
def test_any_value_anywhere_is_taken_or_refused_and_nothing_else(format_: str, data: st.DataObject) -> None:
    document = MAKE[format_]()
    where: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(where)))
        if not (isinstance(where[key], dict) and where[key] and data.draw(st.booleans())):
            break
        where = where[key]
    where[key] = data.draw(JSON)
    try:
        event = FORMATS[format_](document)
    except (NoEvent, AttributeError, TypeError):  # `import_files` says so
        return
    if not isinstance(event, str):
        json.dumps(event.entry("x:1:1", "*break-glass*").details)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_document_of_another_kind_is_a_finding(tmp_path: Path, format_: str) -> None:
    others = [{}, {"kind": "Event"}, *(make() for name, make in MAKE.items() if name != format_)]
    done, found = take(tmp_path, format_, *others)
    assert (len(done.problems), found) == (4, [])


# --- Who, what, and what is no change -----------------------------------------------------------------------------------


def one(tmp_path: Path, format_: str, document: dict[str, Any]) -> Record:
    done, [record] = take(tmp_path, format_, document)
    assert done.problems == []
    return record


def test_an_entry_says_who_did_what_when_and_to_what(tmp_path: Path) -> None:
    record = one(tmp_path, "cloudtrail", cloudtrail())
    assert (record.who, record.what, record.subject, record.result) == (
        "arn:aws:sts::123456789012:assumed-role/Admin/ada@acme.example", "seen/aws", "sg-0123456789abcdef0", "ok",
    )  # fmt: skip
    assert record.details["action"] == "ec2:AuthorizeSecurityGroupIngress"
    assert record.details["at"] == "2026-11-24T09:00:00.000000Z"
    assert record.details["source"] == "events.jsonl:1:1"


IDENTITIES: list[tuple[dict[str, Any], str]] = [
    ({"type": "Root", "accountId": "1", "arn": "arn:aws:iam::1:root"}, "root of 1"),
    ({"type": "IAMUser", "arn": "arn:aws:iam::1:user/ada", "userName": "ada"}, "arn:aws:iam::1:user/ada"),
    ({"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}, "autoscaling.amazonaws.com"),
    ({"type": "WebIdentityUser", "userName": "repo:acme/ballast:ref:refs/heads/main"}, "repo:acme/ballast:ref:refs/heads/main"),
    ({"type": "AWSAccount", "principalId": "AIDA", "accountId": "2"}, "AIDA"),
]


@pytest.mark.parametrize(("identity", "who"), IDENTITIES)
def test_whoever_aws_names(tmp_path: Path, identity: dict[str, Any], who: str) -> None:
    assert one(tmp_path, "cloudtrail", cloudtrail(userIdentity=identity)).who == who


def test_who_stands_behind_a_workflow(tmp_path: Path) -> None:
    document = cloudtrail()
    attributes = {"token.actions.githubusercontent.com:sub": "repo:acme/ballast:environment:production"}
    document["userIdentity"]["sessionContext"]["webIdFederationData"] = {"attributes": attributes}
    assert one(tmp_path, "cloudtrail", document).details["for"] == "repo:acme/ballast:environment:production"


@pytest.mark.parametrize(
    ("format_", "document"),
    [
        ("cloudtrail", cloudtrail(readOnly=True)),
        ("cloudtrail", cloudtrail(eventName="DescribeInstances", readOnly=None)),
        ("cloudtrail", cloudtrail(eventName="AssumeRoleWithWebIdentity")),
        ("cloudtrail", cloudtrail(eventName="PutObject", eventCategory="Data")),
        ("gcp", gcp(logName="projects/acme/logs/cloudaudit.googleapis.com%2Fdata_access")),
        ("gcp", gcp(logName="projects/acme/logs/cloudaudit.googleapis.com%2Fpolicy")),
        ("gcp", gcp(logName="projects/acme/logs/stdout")),
        ("kubernetes", kubernetes(verb="get")),
        ("kubernetes", kubernetes(stage="RequestReceived")),
        ("kubernetes", kubernetes(objectRef={"resource": "leases", "name": "x"})),
        ("kubernetes", kubernetes(objectRef=None)),
        (
            "kubernetes",
            kubernetes(
                user={"username": "system:node:a"}, objectRef={"resource": "nodes", "name": "a", "subresource": "status"}
            ),
        ),
    ],
)
def test_what_changes_nothing_is_left_out_and_counted(tmp_path: Path, format_: str, document: dict[str, Any]) -> None:
    done, found = take(tmp_path, format_, document)
    assert found == []
    assert done.problems == []
    assert sum(done.left_out.values()) == 1


def test_what_failed_is_said_to_have_failed(tmp_path: Path) -> None:
    status = {"code": 403, "reason": "Forbidden"}
    for format_, document, said in (
        ("cloudtrail", cloudtrail(errorCode="AccessDenied"), "AccessDenied"),
        ("gcp", gcp(payload={"status": {"code": 7}}), "permission denied"),
        ("kubernetes", kubernetes(responseStatus=status), "Forbidden"),
    ):
        (tmp_path / format_).mkdir()
        assert one(tmp_path / format_, format_, document).result == said


def test_google_names_federated_workflows_and_operations(tmp_path: Path) -> None:
    subject = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/subject/repo:acme/ballast"
    info = {"principalSubject": subject, "principalEmail": "ci@acme.iam.gserviceaccount.com"}
    first = gcp("a", payload={"authenticationInfo": info}, operation={"id": "op", "first": True})
    last = gcp("b", operation={"id": "op", "last": True})
    _, found = take(tmp_path, "gcp", first, last)
    assert [(one.who == subject, one.result) for one in found] == [(True, "started"), (False, "ok")]


def test_entering_a_pod_counts_when_it_begins(tmp_path: Path) -> None:
    ref = {"resource": "pods", "namespace": "x", "name": "y", "subresource": "exec"}
    record = one(tmp_path, "kubernetes", kubernetes(verb="get", stage="ResponseStarted", objectRef=ref))
    assert (record.subject, record.details["action"]) == ("pods/x/y", "get pods/exec")


@pytest.mark.parametrize(
    ("format_", "document"),
    [
        (
            "cloudtrail",
            cloudtrail(userIdentity={"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/Break-Glass/ada"}),
        ),
        ("gcp", gcp(payload={"authenticationInfo": {"principalEmail": "break-glass@acme.example"}})),
        ("kubernetes", kubernetes(user={"username": "ada", "groups": ["acme:break-glass"]})),
        ("kubernetes", kubernetes(impersonatedUser={"username": "break-glass", "groups": []})),
    ],
)
def test_emergency_access_is_an_entry_of_its_own_kind(tmp_path: Path, format_: str, document: dict[str, Any]) -> None:
    record = one(tmp_path, format_, document)
    assert (record.what, record.details["incident"]) == ("access/break-glass", "unknown")
    assert import_files(format_, [tmp_path / "events.jsonl"], tmp_path / "log").again == 1
    other = tmp_path / "other"
    import_files(format_, [tmp_path / "events.jsonl"], other, break_glass="")
    assert records(other)[0].what.startswith("seen/")


def test_requests_leave_no_secrets(tmp_path: Path) -> None:
    parameters = {
        "dBInstanceIdentifier": "orders",
        "masterUserPassword": "hunter2hunter2",
        "secretId": "hvs.abcdefghijklmnopqrst",
    }
    record = one(tmp_path, "cloudtrail", cloudtrail(requestParameters=parameters, userAgent="x AKIAIOSFODNN7EXAMPLE"))
    text = (tmp_path / "log").read_text() + (tmp_path / "log.head").read_text()
    assert record.details["ids"][0] == "orders"
    for secret in ("hunter2", "hvs.abc", "AKIA"):
        assert secret not in text
