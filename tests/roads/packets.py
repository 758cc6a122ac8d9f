"""Packets of our own, made by our own encoder: the vehicle, its code and its place are invented."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from carnet.roads.telemetry.form import Edition, Item, editions
from carnet.roads.telemetry.packet import Block, Packet, write

CODE = b"TESTVEHICLE000001"
TIME = bytes([26, 3, 14, 15, 9, 26])
OLD, NEW = (e.edition for e in editions())


def edition(name: str) -> Edition:
    return next(e for e in editions() if e.edition == name)


def vehicle(name: str = OLD, **changes: Any) -> Block:
    """Block 01 of a truck at 42.5 km/h, driving on 120.3 A."""
    fields: dict[str, Any] = {
        "vehicle_state": 1, "charge_state": 3, "run_mode": 1, "speed": Decimal("42.5"), "odometer": Decimal("10000.3"),
        "total_voltage": Decimal("610.2"), "total_current": Decimal("120.3"), "soc": 77, "dcdc_state": 1, "gear": 0x2E,
        "insulation": 5000,
    }  # fmt: skip
    if name == OLD:
        fields |= {"accelerator": 12, "brake": 0}
    return Block(1, fields | changes)


def position(name: str = OLD, status: int = 0, longitude: str = "11.5", latitude: str = "48.1") -> Block:
    datum = {} if name == OLD else {"datum": 1}
    return Block(5, {"status": status, **datum, "longitude": Decimal(longitude), "latitude": Decimal(latitude)})


def report(*blocks: Block, name: str = OLD, time: bytes = TIME, command: int = 2, code: bytes = CODE) -> bytes:
    return write(Packet(name, command, {"time": time, "blocks": list(blocks)}, code=code))


def login(name: str = NEW) -> bytes:
    fields: dict[str, Any] = {"time": TIME, "serial": 7, "iccid": b"00000000000000000001"}
    if name == NEW:
        fields |= {"systems": 1, "packs": [2], "pack_codes": [b"PACKCODE0000000000000001", b"PACKCODE0000000000000002"]}
    else:
        fields |= {"subsystems": 1, "code_length": 4, "codes": [b"ABCD"]}
    return write(Packet(name, 1, fields, code=CODE))


def filled(items: tuple[Item, ...], many: int = 2) -> dict[str, Any]:
    """A value for every field of a body or block: the lowest that has a meaning, `many` elements wherever it counts."""
    fields: dict[str, Any] = {}
    counters = {i.list for i in items} | {i.times for i in items} | {i.text_of for i in items}
    for item in items:
        if item.group:
            fields[item.group] = [filled(item.of, many) for _ in range(many)]
        elif item.opaque:
            fields[item.name] = bytes(many)
        elif item.list and item.text:
            fields[item.name] = [b"C" * item.text] * (sum(fields["packs"]) if "packs" in fields else many)
        elif item.list and item.text_of:
            fields[item.name] = [b"C" * many] * many
        elif item.list:
            fields[item.name] = [1 if item.sum else _least(item)] * many
        elif item.time:
            fields[item.name] = TIME
        elif item.text:
            fields[item.name] = b"X" * item.text
        elif item.rest:
            fields[item.name] = b"\x01\x02"
        elif not item.blocks:
            fields[item.name] = many if item.name in counters else _least(item)
    return fields


def _least(item: Item) -> Any:
    raw = min(item.values, default=item.range[0] if item.range else 1)
    return Decimal(raw) * Decimal(str(item.scale)) + item.offset
