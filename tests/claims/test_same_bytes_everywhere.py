"""The main commands on the examples: the same bytes under another hash seed, time zone, language and working folder."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
START = "from carnet.doors.cli import main; main()"
PLACES = (
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LANG": "C.UTF-8", "COLUMNS": "200"},
    {"PYTHONHASHSEED": "2", "TZ": "America/Lima", "LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8", "COLUMNS": "40"},
)
# Each word that begins with @ is a path in examples/. Days are given where a command would take today.
COMMANDS = {
    "review": "review @heavy-truck-corridor.yaml --format json",
    "review in words": "review @passenger-car.yaml",
    "review for code scanning": "review @passenger-car.yaml --format sarif",
    "a product": "review --product heavy_truck --market th,vn --on 2027-03-01 --known 2026-11-21 --format json",
    "why": "why jp.cybersecurity.ota@car-rhd @passenger-car.yaml --format json",
    "documents": "documents @heavy-truck-corridor.yaml --format json",
    "evidence": "evidence register @heavy-truck-corridor.yaml --format json",
    "catalog": "catalog list --market th --format json",
    "catalog row": "catalog show th.reess.safety --on 2026-11-21 --known 2026-11-21 --format json",
    "quality": "catalog quality --format json",
    "charge match": "charge match @heavy-truck-corridor.yaml --format json",
    "charge rehearse": "charge rehearse --vehicle 400,250 --charger 500,250 --protocol chademo-1.x --format json",
    "charge converge": "charge converge gbt27930-2015 chademo-1.x --format json",
    "swap match": "swap match @heavy-truck-corridor.yaml --format json",
    "carbon footprint": "carbon footprint @carbon/inventories/pack.yaml --draws 200 --format json",
    "carbon rules": "carbon rules @carbon/fleet.yaml --on 2026-11-21 --format json",
    "carbon ownership": "carbon ownership @carbon/city-buses.yaml --on 2026-11-21 --format json",
    "supply trace": "supply trace CHN-P7-000123 --from @supply/truck-battery --format json",
    "supply shock": "supply shock @supply/line.yaml --draws 50 --format json",
    "roads decode": "roads decode @roads/truck.hex --format jsonl",
    "route plan": "route plan @dc-charger.yaml --format json",
    "watch": "watch projects @heavy-truck-corridor.yaml --format json",
}
# These name files as they were typed, for tools that open them from the same folder.
AS_TYPED = ("review for code scanning", "carbon footprint")


def said(command, folder, environment):
    """What a command writes, started in a folder of its own; paths are written as seen from there."""
    words = [os.path.relpath(EXAMPLES / w[1:], folder) if w.startswith("@") else w for w in command.split()]
    done = subprocess.run(
        [sys.executable, "-c", START, *words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in (0, 1), done.stderr.decode()
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_same_command_gives_the_same_bytes_everywhere(name, tmp_path):
    folders = (EXAMPLES, EXAMPLES if name in AS_TYPED else tmp_path)

    with ThreadPoolExecutor(2) as both:
        here, there = both.map(lambda place: said(COMMANDS[name], *place), zip(folders, PLACES, strict=True))

    assert here[1]
    assert here == there


def test_the_files_of_a_dossier_are_the_same_everywhere(tmp_path):
    made = []
    for number, place in enumerate(PLACES):
        folder = tmp_path / str(number)
        folder.mkdir()
        said("review @passenger-car.yaml --html o.html --xlsx o.xlsx --pdf o.pdf", folder, place)
        made.append({f.name: f.read_bytes() for f in folder.iterdir()})

    assert set(made[0]) == {"o.html", "o.xlsx", "o.pdf"}
    assert made[0] == made[1]
