"""Promise: ten thousand findings in one HTML dossier still open: written in 1 s, on screen in 3 s in a real browser.

Beside us in the same run: the same findings as one plain HTML table (what a report without thought would be, less
than half of what an entry says), and our own page with its `content-visibility` taken out, which shows what that line
is worth. Pages are opened in turn in one headless Chromium; medians are quoted. Every other format is timed once per
run beside its size.

Run: python bench/dossier_10k.py [runs] [--keep]; --keep writes bench/runs/<day>-dossier-10k.json.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from carnet.dossier import FORMATS  # noqa: E402
from carnet.waist import Dossier  # noqa: E402
from tests.dossiers import library, many  # noqa: E402

FINDINGS = 10_000
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
TO_THE_END = """() => new Promise(done => {
    scrollTo(0, document.body.scrollHeight);
    requestAnimationFrame(() => requestAnimationFrame(done));
})"""


def plain_table(dossier: Dossier) -> str:
    """The same findings as one table without style: market, about, verdict, title, because, question, source."""
    rows = (
        (f.market, "+".join(f.about), f.verdict, f.title, f.because, f.question, f.source.number if f.source else "")
        for f in dossier.findings
    )
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<!doctype html><meta charset=utf-8><title>peer</title><table border=1>{body}</table>"


def opened(browser: Any, page: Path) -> dict[str, float]:
    """Seconds until the page is loaded, first painted, and scrolled to its end."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    tab = context.new_page()
    start = time.perf_counter()
    tab.goto(page.as_uri(), wait_until="load")
    loaded = time.perf_counter() - start
    tab.wait_for_function(f"{PAINTED} !== null")
    painted = tab.evaluate(PAINTED) / 1000
    start = time.perf_counter()
    tab.evaluate(TO_THE_END)
    end = time.perf_counter() - start
    context.close()
    return {"loaded_s": loaded, "first_paint_s": painted, "to_the_end_s": end}


def main(runs: int) -> dict[str, Any]:
    """Every figure of this promise."""
    from playwright.sync_api import sync_playwright

    dossier, catalog = many(FINDINGS), library()
    formats = {}
    for name, made in FORMATS.items():
        start = time.perf_counter()
        content = made.function(dossier, catalog)
        size = len(content if isinstance(content, bytes) else content.encode())
        formats[name] = {"seconds": round(time.perf_counter() - start, 2), "megabytes": round(size / 1e6, 1)}
    page = str(FORMATS["html"].function(dossier, catalog))
    pages = {
        "ours": page,
        "ours_all_laid_out": page.replace("content-visibility: auto", ""),
        "peer_plain_table": plain_table(dossier),
    }
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        raise SystemExit("Chromium is not on this machine; .ci/debian chromium installs it")
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in pages}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for name, text in pages.items():
            Path(folder, f"{name}.html").write_text(text, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        for _ in range(runs):
            for name in pages:
                seen[name].append(opened(browser, Path(folder, f"{name}.html")))
        version = browser.version
        browser.close()
    median = {
        name: {key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0]}
        for name, rows in seen.items()
    }
    ours, peer, bare = (median[name] for name in ("ours", "peer_plain_table", "ours_all_laid_out"))
    return {
        "bench": "dossier_10k",
        "machine": {
            "cores": os.cpu_count(),
            "cpu": platform.machine(),
            "python": platform.python_version(),
            "chromium": version,
        },
        "runs": runs,
        "findings": FINDINGS,
        "formats": formats,
        "median_seconds": median,
        "promises": {
            "html written": {"limit": 1.0, "met": formats["html"]["seconds"] <= 1},
            "first paint": {"limit": 3.0, "met": ours["first_paint_s"] <= 3},
            "loaded": {"limit": 3.0, "met": ours["loaded_s"] <= 3},
        },
        "ratios": {
            "a plain table's loading over ours": round(peer["loaded_s"] / ours["loaded_s"], 2),
            "our page all laid out over ours": round(bare["loaded_s"] / ours["loaded_s"], 2),
        },
    }


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    result = main(int(words[0]) if words else 5)
    text = json.dumps(result, indent=2) + "\n"
    print(text, end="")
    if "--keep" in sys.argv:
        file = ROOT / "bench" / "runs" / f"{datetime.now(UTC):%Y-%m-%d}-dossier-10k.json"
        file.write_text(text, encoding="utf-8")
    sys.exit(0 if all(promise["met"] for promise in result["promises"].values()) else 1)
