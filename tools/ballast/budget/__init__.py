"""Error budgets: the ledger, what is left, the policy, and the gate that holds a release."""

from ballast.budget.balance import Balance, Calendar, Known, Sum, balances, days, minutes, month_of, slos, totals, verify
from ballast.budget.collect import Round, collect, sync
from ballast.budget.connect import connect, ledger_url
from ballast.budget.exemption import Exemption, exemptions, sign
from ballast.budget.export import export
from ballast.budget.forecast import Forecast, forecast
from ballast.budget.gate import ChangeType, SloVerdict, Verdict, freeze_gate
from ballast.budget.policy import action_of, doubts, human
from ballast.budget.reader import grant_reader
from ballast.budget.report import Line, Report, monthly, render
from ballast.budget.source import Endpoint, Source
from ballast.budget.store import Correction, append, number, when
from ballast.budget.tally import Minute

__all__ = [
    "Balance",
    "Calendar",
    "ChangeType",
    "Correction",
    "Endpoint",
    "Exemption",
    "Forecast",
    "Known",
    "Line",
    "Minute",
    "Report",
    "Round",
    "SloVerdict",
    "Source",
    "Sum",
    "Verdict",
    "action_of",
    "append",
    "balances",
    "collect",
    "connect",
    "days",
    "doubts",
    "exemptions",
    "export",
    "forecast",
    "freeze_gate",
    "grant_reader",
    "human",
    "ledger_url",
    "minutes",
    "month_of",
    "monthly",
    "number",
    "render",
    "sign",
    "slos",
    "sync",
    "totals",
    "verify",
    "when",
]
