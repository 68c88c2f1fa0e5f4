"""One trace from the webhook through the outbox to the provider; the same id in the log and in the exemplar."""

from __future__ import annotations

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from ballast.stack import wait_until
from tests.gateway.edges import Edges, tiered

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def spans(edges: Edges, trace: str) -> list[Span]:
    """What the receiver of traces has of one trace."""
    found = []
    for _, body in edges.sink.posts("/v1/traces"):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                found += [span for span in scope.spans if span.trace_id.hex() == trace]
    return found


def test_a_trace_goes_on_through_the_outbox_to_the_provider(edges: Edges) -> None:
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    edges.jsm.fault(503)
    answer = edges.post("/v1/alertmanager", tiered("Traced", "P2"), {"traceparent": f"00-{trace}-{parent}-01"})
    assert answer.status_code == 200
    names = ["deliver jsm", "deliver jsm", "deliver pagerduty", "receive alertmanager"]
    wait_until(lambda: sorted(span.name for span in spans(edges, trace)) == names, 20, "four spans of one trace")
    found = spans(edges, trace)
    (received,) = [span for span in found if span.name.startswith("receive")]
    assert received.parent_span_id.hex() == parent
    assert {span.parent_span_id for span in found if span is not received and span != received} == {received.span_id}
    first, second = sorted((span for span in found if span.name == "deliver jsm"), key=lambda span: span.start_time_unix_nano)
    assert (first.status.code, second.status.code) == (Status.STATUS_CODE_ERROR, Status.STATUS_CODE_UNSET)
    told = [call["traceparent"] for call in edges.jsm.calls() if trace in call["traceparent"]]
    assert [one.split("-")[2] for one in told] == [first.span_id.hex(), second.span_id.hex()], "the provider gets the context"
    log = [orjson.loads(line) for line in edges.gateway.log.read_text().splitlines()]
    assert {line["message"] for line in log if line.get("trace_id") == trace} == {"stored", "delivered", "not delivered"}

    text = edges.get("/metrics", {"Accept": OPENMETRICS}).text
    exemplars = {
        sample.exemplar.labels["trace_id"]
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name in ("gateway_delivery_duration_seconds", "gateway_page_duration_seconds") and sample.exemplar
    }
    assert trace in exemplars


def test_a_trace_begins_here_when_nobody_brought_one(edges: Edges) -> None:
    assert edges.post("/v1/alertmanager", tiered("Untraced", "P1"), {"traceparent": "nonsense"}).status_code == 200
    edges.room.wait_for("Untraced", ["opened"])

    def logged() -> list[str]:
        log = [orjson.loads(line) for line in edges.gateway.log.read_text().splitlines()]
        return [line.get("trace_id", "") for line in log if line.get("key") == edges.room.key("Untraced")]

    wait_until(lambda: len(logged()) == 2, 10, "two lines")
    assert len(set(logged())) == 1
    assert logged()[0]
