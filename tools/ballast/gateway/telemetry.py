"""Traces by OpenTelemetry, from the webhook through the outbox to the provider; ids for logs and exemplars from the same spans.

Spans are exported by OTLP over HTTP where `OTEL_EXPORTER_OTLP_ENDPOINT` says to (the other `OTEL_*` variables count, too).
Without it they are made all the same, so that the lines of one alert share an id in the log. An endpoint that is gone costs
spans and nothing else: they are queued, and dropped when the queue is full.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = ["SpanKind", "carried", "exemplar", "failed", "ids", "inject", "setup", "span"]

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_PROPAGATOR = TraceContextTextMapPropagator()
_LOCAL = ("127.0.0.1", "localhost", "::1")


def setup(owner: str) -> TracerProvider:
    """Make and install the provider of spans; call its `shutdown` at the end, which sends what is queued."""
    resource = Resource.create({"service.name": "gateway", "service.namespace": "ballast", "service.instance.id": owner})
    endpoint = os.environ.get(ENDPOINT) or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    # Spans that go nowhere have their ids, and cost little: a recorded one is a tenth of what accepting an alert takes.
    made = TracerProvider(resource=resource, shutdown_on_exit=False, sampler=None if endpoint else ALWAYS_OFF)
    if endpoint:
        import requests
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        session = requests.Session()
        session.trust_env = urlsplit(endpoint).hostname not in _LOCAL  # a proxy of this machine leads away from loopback
        made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(session=session)))
    trace.set_tracer_provider(made)
    return made


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    parent: Mapping[str, str] | None = None,
    **facts: str | int | float | bool,
) -> Iterator[Span]:
    """A span for the block, under the one that `parent` (headers, or `{"traceparent": …}`) names or else the current one."""
    context = _PROPAGATOR.extract(parent) if parent else None
    attributes = {f"ballast.{key}": value for key, value in facts.items()}
    tracer = trace.get_tracer("ballast.gateway")
    with tracer.start_as_current_span(name, context=context, kind=kind, attributes=attributes) as current:
        yield current


def failed(current: Span, reason: str) -> None:
    """Mark a span as one that failed."""
    current.set_status(Status(StatusCode.ERROR, reason))


def inject(headers: MutableMapping[str, str]) -> None:
    """Put the current trace context into the headers of a request."""
    _PROPAGATOR.inject(headers)


def carried() -> str:
    """The current trace context as a `traceparent`, to be stored; empty when there is none."""
    headers: dict[str, str] = {}
    inject(headers)
    return headers.get("traceparent", "")


def ids() -> dict[str, str]:
    """`trace_id` and `span_id` of the current span, for a line of the log."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": trace.format_trace_id(context.trace_id), "span_id": trace.format_span_id(context.span_id)}


def exemplar() -> dict[str, str] | None:
    """The current trace as an exemplar of a histogram; None when it is not sampled, for then nobody can look at it."""
    context = trace.get_current_span().get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return None
    return {"trace_id": trace.format_trace_id(context.trace_id)}
