"""What an SLO can measure: Sloth's kinds of service level indicators, and Ballast's."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from ballast.repo.strict import Duration, Labels, Metric, Query, Selector, Strict

Condition = Annotated[
    str,
    Field(
        description="PromQL; only time in which it returns something counts. Left out: all time.",
        examples=["batch_running == 1"],
    ),
]
Member = Annotated[str, Field(description="Another SLO, as service/slo.", examples=["checkout/availability"])]


class Events(Strict):
    """Counts of bad and of all events; both queries contain `{{.window}}` (Sloth)."""

    error_query: Query
    total_query: Query


class Raw(Strict):
    """An error ratio in [0, 1], containing `{{.window}}` (Sloth). Budgets of a raw ratio cannot be weighted by traffic."""

    error_ratio_query: Query


class Plugin(Strict):
    """A Sloth plugin: read so that it can be refused with a clear word."""

    id: str
    options: Labels = Field(default_factory=dict)


class Availability(Strict):
    """*Ballast* short form: the share of requests that did not fail.

    `metric` is a counter of requests; `selector` PromQL matchers that every request of this service carries
    (`job="checkout"`); `errors` matchers that only failed ones carry (`code=~"5.."`).
    """

    metric: Metric
    selector: Selector = ""
    errors: Selector = 'code=~"5.."'


class Latency(Strict):
    """*Ballast* short form: the share of requests answered within `threshold` seconds, from a histogram.

    `metric` is the histogram's base name (without `_bucket`). Of a classic histogram `threshold` must be one of the buckets; a
    native one is exact at the bounds of its buckets (powers of two are, whatever its resolution) and interpolates between them.
    """

    metric: Metric
    threshold: float = Field(gt=0, description="Seconds.")
    selector: Selector = ""
    native: bool = Field(default=False, description="True: a native histogram, which is one series and has no buckets by name.")


class Gauge(Strict):
    """*Ballast* short form: the share of samples in which a 0/1 gauge (`up`, `probe_success`) is 1."""

    metric: Metric
    selector: Selector = ""


class Timeslice(Strict):
    """*Ballast*: the share of time in which a value is on the right side of a threshold, whatever the traffic.

    At every evaluation the slice that ends then is good or bad. Give one of the four comparisons; without one, `query` itself
    is the share of the slice that was good, between 0 and 1.
    """

    query: str = Field(description="PromQL for the value of a slice, with {{.window}} for the slice's length.")
    slice: Duration = "1m"
    below: float | None = Field(default=None, description="Good while the value is less than this.")
    at_most: float | None = Field(default=None, description="Good while the value is this or less.")
    above: float | None = Field(default=None, description="Good while the value is more than this.")
    at_least: float | None = Field(default=None, description="Good while the value is this or more.")
    when: Condition = ""


class Freshness(Strict):
    """*Ballast*: the share of time in which the newest result of a batch job is young enough.

    `metric` is a gauge with the Unix time of the last success; the newest of those that `selector` picks counts.
    """

    metric: Metric
    selector: Selector = ""
    max_age: Duration = Field(description="Older than this is bad.")
    when: Condition = ""


class Throughput(Strict):
    """*Ballast*: the share of time in which a batch job or pipeline has done enough.

    `metric` is a counter of what it does; over the last `over` it must have grown by `at_least`.
    """

    metric: Metric
    selector: Selector = ""
    at_least: float = Field(gt=0, description="Units of the counter, within `over`.")
    over: Duration = "1h"
    when: Condition = ""


class Probe(Strict):
    """*Ballast*: the share of probes that succeed (blackbox exporter), fast enough where `max_duration` says so.

    With `failing`, time is counted instead of probes: it is bad while so many probers, or more, fail at once.
    """

    selector: Selector
    metric: Metric = "probe_success"
    max_duration: float | None = Field(default=None, gt=0, description="Seconds; a probe that takes longer failed.")
    duration_metric: Metric = "probe_duration_seconds"
    failing: int | None = Field(default=None, ge=1, description="How many probers must fail at once.")


class Composite(Strict):
    """*Ballast*: an objective for several SLOs together; exactly one of `all_of` and `weighted`. Members are `service/slo`.

    `all_of`: the share of time in which no member burns its own budget faster than `burn_rate` (over five minutes).
    `weighted`: the weighted mean of the members' error ratios over each window.
    """

    all_of: list[Member] = Field(default_factory=list)
    burn_rate: float = Field(default=1.0, gt=0, description="Of `all_of`: burning faster than this is bad.")
    weighted: dict[Member, float] = Field(default_factory=dict, description="Member to weight, above 0.")


class Sli(Strict):
    """Exactly one of these."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    events: Events | None = None
    raw: Raw | None = None
    plugin: Plugin | None = None
    availability: Availability | None = None
    latency: Latency | None = None
    gauge: Gauge | None = None
    timeslice: Timeslice | None = None
    freshness: Freshness | None = None
    throughput: Throughput | None = None
    probe: Probe | None = None
    composite: Composite | None = None
