"""Builders of this room's tests: an inventory from the few lines a claim is about, read through the front door."""

import functools
import json
import textwrap

from carnet.carbon.footprint import footprint
from carnet.carbon.inventory_reader import read_inventory
from carnet.carbon.tables import open_tables

HEAD = """\
carnet: inventory/1
id: thing
place: cn
"""
PRODUCT = "product: {name: Thing, declared_unit: piece, mass: 100 kg, category: N3}\n"

# A swap pack of 100 kWh: every number below is small enough to add up by hand (test_hand_calculated).
PACK = """\
carnet: inventory/1
id: pack
about: pack
company: Example Batteries
company_ids: ["urn:example:company:batteries"]
plant: Example plant 1
place: cn
period: {from: "2026-01-01", to: "2026-12-31", volume: 1000}
product:
  name: Pack 100
  description: Swap pack of 100 kWh
  declared_unit: piece
  ids: ["urn:example:product:pack-100"]
  cpc: "46420"
  category: N3
  mass: 800 kg
  rated_energy: 100 kWh
  usable_energy: 90 kWh
  warranty: 8 year
  carbon_content: 100 kg
  biogenic_carbon_content: 0 kg
processes:
  - id: pack
    stage: manufacturing
    makes: 1 piece
    inputs:
      - {item: cells, amount: 100 kWh}
      - {item: electricity, amount: 300 kWh}
      - {item: aluminum.secondary, stage: materials, amount: 100 kg}
      - {item: transport.sea_container, stage: distribution, amount: 8000 tkm}
  - id: cells
    stage: manufacturing
    makes: 1 kWh
    inputs:
      - {item: electricity, amount: 20 kWh}
      - {item: cathode.lfp, region: cn, stage: materials, amount: 2 kg}
      - {item: graphite.natural, region: cn, stage: materials, amount: 1 kg}
"""

TRUCK = """\
carnet: inventory/1
id: truck
about: tractor
place: cn
product: {name: Truck, declared_unit: piece, category: N3, mass: 10000 kg, life_distance: 1000000 km}
parameters:
  packs_per_truck: {value: 1.25, because: 125 packs serve 100 trucks of the swap pool}
processes:
  - id: truck
    stage: manufacturing
    makes: 1 piece
    inputs:
      - {item: steel.bf_bof, stage: materials, amount: 6000 kg}
      - {item: tire, stage: materials, amount: 500 kg}
      - {item: pack, amount: 1 piece, per: [packs_per_truck]}
      - {item: electricity, region: th, stage: use, amount: 1.2 kWh, per: [life_distance]}
  - id: pack
    stage: manufacturing
    makes: 1 piece
    inputs:
      - {item: cathode.lfp, region: cn, stage: materials, amount: 500 kg}
      - {item: electricity, amount: 5000 kWh}
"""


@functools.cache
def tables():
    """The built-in tables, read once."""
    return open_tables()


def read(tmp_path, text, **files):
    """An inventory file with files beside it, read."""
    for name, content in files.items():
        raw = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / name.replace("__", ".")).write_text(raw, encoding="utf-8")
    path = tmp_path / "inventory.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return read_inventory(path, tables(), name="inventory.yaml")


def thing(tmp_path, inputs, product=PRODUCT, more="", **files):
    """A product of one process with these inputs, one flow mapping a line."""
    lines = "".join(f"      - {{{line}}}\n" for line in inputs)
    process = f"processes:\n  - id: thing-made\n    stage: manufacturing\n    makes: 1 piece\n    inputs:\n{lines}"
    return read(tmp_path, HEAD + product + more + process, **files)


def under(inventory, method):
    """The footprint of an inventory under a method of the tables, or a changed one."""
    return footprint(inventory, tables().method(method) if isinstance(method, str) else method, tables())
