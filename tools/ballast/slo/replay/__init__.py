"""Replay: what the generated rules of an SLO would have done to a history."""

from ballast.slo.replay.compare import Change, Changed, compare
from ballast.slo.replay.inputs import History, Ledger, Server, extent, openmetrics
from ballast.slo.replay.line import Grid
from ballast.slo.replay.model import Cost, Firing, Incident, Replay, Told
from ballast.slo.replay.moment import Earlier, Moment, PairNow, explain_at
from ballast.slo.replay.moment_words import EARLIER_HEADS, PAIR_HEADS, MomentText, moment_text
from ballast.slo.replay.replay import replay, warm_up
from ballast.slo.replay.suggest import Candidate, suggest, variant
from ballast.slo.replay.words import counted

__all__ = [
    "EARLIER_HEADS",
    "PAIR_HEADS",
    "Candidate",
    "Change",
    "Changed",
    "Cost",
    "Earlier",
    "Firing",
    "Grid",
    "History",
    "Incident",
    "Ledger",
    "Moment",
    "MomentText",
    "PairNow",
    "Replay",
    "Server",
    "Told",
    "compare",
    "counted",
    "explain_at",
    "extent",
    "moment_text",
    "openmetrics",
    "replay",
    "suggest",
    "variant",
    "warm_up",
]
