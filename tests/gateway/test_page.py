"""The page for people: what it shows, that it runs nothing that came from outside, and how a browser draws it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from ballast.gateway.words import ago, clock
from ballast.stack import free_port, wait_until
from tests.gateway.conftest import Room, webhook

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
NASTY = "<script>document.title='run'</script><img src=x onerror=alert(1)> & \"burns\""


def browse(url: str, folder: Path, *more: str) -> str:
    """What Chromium makes of a page."""
    assert CHROMIUM is not None
    quiet = [
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
    ]
    words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--no-proxy-server", *quiet]
    done = subprocess.run([*words, *more, url], capture_output=True, text=True, check=True, timeout=90)
    return done.stdout


def incident(room: Room, name: str) -> str:
    """The path of an incident's page, once its first row is delivered."""
    wait_until(lambda: room.deliveries(name)[0]["state"] == "delivered", 20, "a delivery")
    return f"/incidents/{room.deliveries(name)[0]['incident']}"


def test_what_it_shows(room: Room) -> None:
    body = webhook("PageShown")
    body["commonAnnotations"] = body["commonAnnotations"] | {"summary": NASTY}
    assert room.post(body).status_code == 200
    path = incident(room, "PageShown")
    with httpx.Client(base_url=room.gateway.url, trust_env=False) as client:
        index, one = client.get("/"), client.get(path)
        assert client.get("/incidents/999999999").status_code == 404
        assert client.get("/incidents/99999999999999999999999").status_code == 404
        assert client.get("/v1/status").json()["open"] >= 1
    for page in (index, one):
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert "&lt;script&gt;" in page.text
    assert f'href="{path}"' in index.text
    for words in ("opened", "pagerduty", "trigger", "delivered", room.key("PageShown"), "service=checkout"):
        assert words in one.text, words


def test_without_postgresql_it_says_so(room: Room) -> None:
    gateway = room.another(needs_database=False, database_url=f"postgresql://127.0.0.1:{free_port()}/none")
    gateway.start()
    answer = httpx.get(gateway.url, trust_env=False, timeout=20)
    assert (answer.status_code, "PostgreSQL does not answer" in answer.text) == (503, True)
    gateway.stop()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
def test_a_browser_draws_it_and_runs_nothing(room: Room, tmp_path: Path) -> None:
    body = webhook("PageDrawn")
    body["commonAnnotations"] = body["commonAnnotations"] | {"summary": NASTY}
    assert room.post(body).status_code == 200
    path = incident(room, "PageDrawn")
    dom = browse(room.gateway.url + path, tmp_path / "profile", "--dump-dom")
    assert "<h1>&lt;script&gt;" in dom
    assert "<title>Incident " in dom, "no script has changed it"
    picture = tmp_path / "page.png"
    browse(room.gateway.url, tmp_path / "profile", "--window-size=1100,900", f"--screenshot={picture}")
    assert picture.stat().st_size > 20_000, "the style was allowed and something was drawn"


def test_times_as_people_say_them() -> None:
    assert [ago(seconds) for seconds in (None, 0.4, 59, 60, 7200, 200_000)] == ["", "0 s", "59 s", "1 min", "2 h", "2 d"]
    assert (clock(None), clock(0)) == ("", "1970-01-01 00:00:00Z")
