"""The graph of 1,000 services with 3,000 SLOs, 2,000 dashboards and 1,000 runbooks: build time, memory, what can be drawn.

They are this repository's own files under other names: rules of checkout (two SLOs) and of identity (one), two dashboards and a
page each.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "make bench ARGS=graph"
MEASURE = """
import resource, sys, time
from pathlib import Path
from ballast.findings import Tree
from ballast.graph import build, draw
from ballast.graph.layout import columns
tree = Tree.read(Path(sys.argv[1]))
began = time.process_time(); graph = build(tree); built = time.process_time() - began
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
began = time.process_time(); columns(graph); placed = time.process_time() - began
began = time.process_time(); page = draw.html(graph); drawn = time.process_time() - began
print(built, memory, placed, drawn, len(page) / 1e6, len(graph.nodes), graph.net.number_of_edges(), len(graph.dead))
"""


def run(quick: bool) -> list[Figure]:
    """CPU seconds of one process (it has one thread); peak memory in MB."""
    services = 50 if quick else 1_000
    with tempfile.TemporaryDirectory(prefix="ballast-graph-") as folder:
        write(Path(folder), services)
        done = subprocess.run([sys.executable, "-c", MEASURE, folder], capture_output=True, text=True, check=True, cwd=ROOT)
    built, memory, placed, drawn, size, nodes, links, dead = map(float, done.stdout.split())
    what = f"{services} services, {3 * services} SLOs, {2 * services} dashboards: {nodes:.0f} nodes, {links:.0f} links"
    assert dead == 0, "the copies do not hold together"
    return [
        Figure("graph: build", built, "CPU s", COMMAND, note=what),
        Figure("graph: build, a node", built / nodes * 1e6, "µs", COMMAND),
        Figure("graph: peak memory after the build", memory, "MB", COMMAND),
        Figure("graph: layout", placed, "CPU s", COMMAND),
        Figure("graph: page", drawn, "CPU s", COMMAND, note=f"layout included; {size:.1f} MB"),
    ]


def write(root: Path, services: int) -> None:
    """The copies. `identity/availability` of each becomes its third SLO, `logins`."""
    given = {
        path: (ROOT / path).read_text()
        for path in (
            "alerts/services/checkout.yaml",
            "alerts/slos/checkout.yaml",
            "alerts/rules/checkout.yaml",
            "alerts/rules/identity.yaml",
            "dashboards/red/checkout.json",
            "dashboards/slo/checkout-availability.json",
        )
    }
    slos = (
        given["alerts/slos/checkout.yaml"].rstrip() + "\n  - name: logins\n    objective: 99\n    sli: {gauge: {metric: up}}\n"
    )
    for name in ("settings.yaml", "routing.yaml", "exporters.yaml"):
        _put(root / "alerts" / name, (ROOT / "alerts" / name).read_text().replace("module: ", "# "))
    for number in range(services):
        own = f"svc{number:04}"

        def named(text: str, name: str = own) -> str:
            return text.replace("checkout", name).replace("Checkout", name.capitalize())

        third = given["alerts/rules/identity.yaml"].replace("availability", "logins").replace("Availability", "Logins")
        third = named(third.replace("identity", "checkout").replace("Identity", "Checkout"))
        third = third.replace(f"slo-{own}-logins", f"slo-{own}-availability")
        links = named(given["dashboards/red/checkout.json"]).replace(f"slo-{own}-latency", f"slo-{own}-availability")
        _put(root / f"alerts/services/{own}.yaml", named(given["alerts/services/checkout.yaml"]))
        _put(root / f"alerts/slos/{own}.yaml", named(slos))
        rules = named(given["alerts/rules/checkout.yaml"]).replace(f"slo-{own}-latency", f"slo-{own}-availability")
        _put(root / f"alerts/rules/{own}.yaml", rules)
        _put(root / f"alerts/rules/{own}-logins.yaml", third)
        _put(root / f"dashboards/red/{own}.json", links.replace("/d/overview", f"/d/red-{own}"))
        board = named(given["dashboards/slo/checkout-availability.json"]).replace("/d/overview", f"/d/red-{own}")
        _put(root / f"dashboards/slo/{own}-availability.json", board)
        _pages(root, own)


def _pages(root: Path, own: str) -> None:
    text = (ROOT / "runbooks/CheckoutAvailabilityErrorBudgetBurn.md").read_text()
    title = own.capitalize()
    text = text.replace("checkout", own).replace("Checkout", title)
    for slo in ("Availability", "Latency", "Logins"):
        for kind in ("ErrorBudgetBurn", "NoData"):
            short = f"# {title}{slo}{kind}\n\n## Meaning\n\nSee [it]({title}AvailabilityErrorBudgetBurn.md).\n"
            first = (slo, kind) == ("Availability", "ErrorBudgetBurn")
            _put(root / f"runbooks/{title}{slo}{kind}.md", text if first else short)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
