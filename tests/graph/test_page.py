"""The page of the whole graph in a real browser, from a file, without a server."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from ballast.graph import Graph, draw

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,900",
    "--virtual-time-budget=3000",
)
# What a person does, and what is to be seen after each step.
STEPS = """
<script>
const seen = [], say = (what) => seen.push(what);
const shownNow = () => document.querySelectorAll(".node").length;
const press = (on, key) => on.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
try {
  say("title=" + document.querySelector("#detail h2").textContent);
  say("first=" + document.querySelector(".node[tabindex='0']").getAttribute("aria-label"));
  press(document.body, "/");
  say("focus=" + document.activeElement.id);
  const search = document.getElementById("search");
  search.value = "checkoutlatencynodata"; search.dispatchEvent(new Event("input"));
  say("found=" + [...document.querySelectorAll(".node")].map((n) => n.getAttribute("aria-label")).join("|"));
  press(search, "Enter");
  say("chosen=" + document.querySelector("#detail h2").textContent + " " + decodeURIComponent(location.hash));
  say("place=" + document.querySelector("#detail code").textContent);
  const thread = shownNow();
  press(document.querySelector(".node.on"), "ArrowRight");
  say("right=" + document.activeElement.getAttribute("aria-label"));
  press(document.activeElement, "Enter");
  say("then=" + document.querySelector("#detail h2").textContent);
  press(document.body, "Escape");
  say("all=" + (shownNow() > thread) + " " + document.querySelectorAll(".node.on").length);
  const before = shownNow();
  document.querySelectorAll("#kinds input")[4].click();
  say("sections=" + (shownNow() - before));
  document.getElementById("theme").click();
  say("dark=" + getComputedStyle(document.body).backgroundColor);
} catch (error) { say("error=" + error); }
document.body.append(Object.assign(document.createElement("pre"), { id: "seen", textContent: seen.join("\\n") }));
</script>
"""


@pytest.fixture(scope="module")
def page(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "graph.html"
    path.write_text(draw.html(graph))
    return path


def browser(profile: Path, *words: str) -> str:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_it_can_be_searched_walked_by_keys_and_filtered(page: Path, graph: Graph, tmp_path: Path) -> None:
    page.with_name("steps.html").write_text(page.read_text().replace("</body>", f"{STEPS}</body>"))
    done = browser(tmp_path, "--dump-dom", page.with_name("steps.html").as_uri())
    found = re.search(r'<pre id="seen">(.*?)</pre>', done, re.DOTALL)
    assert found is not None, done[-2000:]
    seen = dict(line.split("=", 1) for line in found[1].split("\n"))
    assert "error" not in seen, seen
    assert seen["title"] == "Choose something"
    assert seen["first"].startswith("service ")
    assert seen["focus"] == "search"
    assert set(seen["found"].split("|")) >= {"alert CheckoutLatencyNoData", "runbook CheckoutLatencyNoData"}
    assert seen["chosen"] == "CheckoutLatencyNoData #alert:CheckoutLatencyNoData"
    assert seen["place"] == graph.nodes["alert:CheckoutLatencyNoData"].place
    assert seen["right"].startswith("runbook ")
    assert seen["then"] in seen["right"]
    assert seen["all"] == "true 0"
    assert 0 < int(seen["sections"]) <= 300
    assert seen["dark"] == "rgb(18, 22, 29)"


def test_a_link_to_one_thing_opens_its_thread_and_it_is_a_picture(page: Path, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    browser(tmp_path / "profile", f"--screenshot={picture}", f"{page.as_uri()}#slo:checkout/latency")
    data = picture.read_bytes()
    assert struct.unpack(">II", data[16:24]) == (1400, 900)
    assert len(data) > 30_000, "an empty page is smaller"


def test_it_asks_nobody_for_anything(page: Path) -> None:
    text = re.sub(r'<script id="data".*?</script>', "", page.read_text(), flags=re.DOTALL)
    assert re.findall(r'(?:src|href)="|@import|url\(|fetch\(|XMLHttpRequest', text) == []
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"] * 2


def test_every_kind_has_a_shape_of_its_own_and_colours_with_contrast() -> None:
    from ballast.dashboards.palette import contrast

    assert len(set(draw.SHAPES.values())) == len(draw.SHAPES)
    for light, dark in draw.COLOURS.values():
        assert contrast(light, "#ffffff") >= 4.5
        assert contrast(dark, "#12161d") >= 4.5


def test_names_cannot_end_the_script(graph: Graph) -> None:
    node = graph.nodes["service:checkout"]
    title, node.title = node.title, "</script><script>alert(1)<!--"
    try:
        assert "</script><script>alert" not in draw.html(graph)
        assert "<script>alert" not in draw.svg(graph)
    finally:
        node.title = title
