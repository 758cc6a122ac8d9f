"""Promise: the review page of a project with 300 findings paints first within 0.7 s and weighs at most 120 KiB.

The page is asked for by Chromium from a server in another thread on loopback, with an empty cache each time; the review
itself was made before, as it is when somebody comes back to a page. First contentful paint is what the browser reports;
the weight is every byte that crossed the wire for the page: document, style, script and pictures with their headers.

Run: python bench/review_page.py [times] [--keep]; --keep writes bench/runs/<day>-review-page.json.
"""

from __future__ import annotations

import io
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from carnet.doors.server.packing import from_zip  # noqa: E402
from carnet.doors.server.server import create_server, open_exchange  # noqa: E402
from carnet.doors.server.work import Asked  # noqa: E402
from carnet.doors.web import install, pages  # noqa: E402
from tests.api.house import PASSWORD, caller, example, library, settings, settle, zipped  # noqa: E402
from tests.api.live import listening  # noqa: E402

LEAST = 300
MARKETS = "[th, vn, ae, sg, my, id]"
PAINT = "performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)[0]"
WEIGHT = """[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .reduce((sum, e) => sum + e.transferSize, 0)"""


def wide() -> bytes:
    """The corridor, bound for more markets."""
    files = {}
    with zipfile.ZipFile(io.BytesIO(example("heavy-truck-corridor"))) as packed:
        for name in packed.namelist():
            files[name] = packed.read(name)
    text = files["project.yaml"].decode()
    line = next(line for line in text.splitlines() if line.startswith("markets:"))
    return zipped({**files, "project.yaml": text.replace(line, f"markets: {MARKETS}").encode()})


def measure(home: Path, browser: Any, times: int) -> dict[str, Any]:
    """Findings, milliseconds to the first paint and bytes of the page, each time with an empty cache."""
    exchange = open_exchange(settings(home), library())
    app, gate = create_server(exchange, pages())
    install(app)
    org = settle(exchange, "works")
    project = exchange.add_project(caller(org, "engineer"), from_zip(io.BytesIO(wide())), "", "")[1]["id"]
    path, _ = exchange.open(caller(org, "engineer"), project)
    findings = len(exchange.desk.dossier(path, Asked())[0].findings)
    paints, weights = [], []
    with listening(gate) as address:
        login = browser.new_context()
        page = login.new_page()
        page.goto(f"{address}/login")
        page.get_by_label("Email").fill("owner@works.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/projects")
        page.goto(f"{address}/projects/{project}/review")
        kept = login.storage_state()
        for _ in range(times):
            context = browser.new_context(storage_state=kept, viewport={"width": 1200, "height": 900})
            page = context.new_page()
            page.goto(f"{address}/projects/{project}/review", wait_until="load")
            while (paint := page.evaluate(PAINT)) is None:  # the page's policy lets no waiting function in
                page.wait_for_timeout(20)
            paints.append(paint)
            weights.append(page.evaluate(WEIGHT))
            context.close()
        login.close()
    exchange.store.close()
    return {
        "findings": findings,
        "first contentful paint, ms": {"median": round(statistics.median(paints)), "most": round(max(paints))},
        "page weight, KiB": round(max(weights) / 1024, 1),
    }


def main() -> None:
    from playwright.sync_api import sync_playwright

    times = int(next((a for a in sys.argv[1:] if not a.startswith("--")), "11"))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        result = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "browser": browser.version,
            "times": times,
            **measure(Path(folder), browser, times),
        }
        browser.close()
    print(json.dumps(result, indent=2))
    if "--keep" in sys.argv:
        day = datetime.now(UTC).date().isoformat()
        (ROOT / "bench" / "runs" / f"{day}-review-page.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
