"""Replay: what the generated rules of an SLO would have done to a history."""

from ballast.slo.replay.compare import Change, Changed, compare
from ballast.slo.replay.inputs import History, Ledger, Server, extent, openmetrics
from ballast.slo.replay.model import Cost, Firing, Incident, Replay, Told
from ballast.slo.replay.replay import replay, warm_up
from ballast.slo.replay.suggest import Candidate, suggest, variant

__all__ = [
    "Candidate",
    "Change",
    "Changed",
    "Cost",
    "Firing",
    "History",
    "Incident",
    "Ledger",
    "Replay",
    "Server",
    "Told",
    "compare",
    "extent",
    "openmetrics",
    "replay",
    "suggest",
    "variant",
    "warm_up",
]
