"""Real processes on loopback: start, wait, pause, kill, stop; and the servers that Ballast is tested and shown with.

with Stack() as stack:
    alertmanager = stack.start(Alertmanager(stack.directory / "alertmanager", {…}))
    prometheus = stack.start(Prometheus(stack.directory / "prometheus", alertmanagers=[alertmanager.target]))
    database = stack.database("gateway")
    with prometheus.paused(): …
"""

from ballast.stack.alertmanager import Alertmanager
from ballast.stack.certificates import Authority, Certificate
from ballast.stack.kafka import Kafka
from ballast.stack.kubernetes import ApiServer, Etcd, Refused, definition
from ballast.stack.ledger import Entry, down, entries, run_directory, sweep
from ballast.stack.migrate import Migration, migrate, migrations, missing
from ballast.stack.pagerduty import ROUTING_KEY, PagerDuty
from ballast.stack.ports import LOOPBACK, free_port
from ballast.stack.postgres import Database, Postgres
from ballast.stack.process import Process, Program
from ballast.stack.prometheus import ActiveAlert, Prometheus, Scrape, Series
from ballast.stack.receivers import Jsm, Sink, Vault
from ballast.stack.redis import Redis
from ballast.stack.stack import Stack
from ballast.stack.toolchain import home, tool
from ballast.stack.victoriametrics import VictoriaMetrics
from ballast.stack.wait import http_ok, tcp_open, wait_until

__all__ = [
    "LOOPBACK",
    "ROUTING_KEY",
    "ActiveAlert",
    "Alertmanager",
    "ApiServer",
    "Authority",
    "Certificate",
    "Database",
    "Entry",
    "Etcd",
    "Jsm",
    "Kafka",
    "Migration",
    "PagerDuty",
    "Postgres",
    "Process",
    "Program",
    "Prometheus",
    "Redis",
    "Refused",
    "Scrape",
    "Series",
    "Sink",
    "Stack",
    "Vault",
    "VictoriaMetrics",
    "definition",
    "down",
    "entries",
    "free_port",
    "home",
    "http_ok",
    "migrate",
    "migrations",
    "missing",
    "run_directory",
    "sweep",
    "tcp_open",
    "tool",
    "wait_until",
]
