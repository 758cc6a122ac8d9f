"""Every guard, relation, play and mapping of the tables speaks of messages and signals that exist."""

from pathlib import Path

import pytest

from carnet.charging.converge import mappings
from carnet.charging.couplers import couplers
from carnet.charging.guard import parse
from carnet.charging.protocol import library
from carnet.charging.record import Record
from carnet.charging.walker import replay
from carnet.errors import BadInput

TABLES = library()
DECODED = [p for p in TABLES.protocols.values() if p.decoded]
MODEL = {"act", "model"}


def named(protocol, guard):
    """The atoms of a guard that name nothing."""
    wrong = []
    for part in parse(guard):
        for atom in part:
            if atom.message in MODEL:
                continue
            row = TABLES.families[protocol.family].messages.get(atom.message)
            if row is None or (
                atom.signal and atom.signal != "length" and atom.signal not in {s.name for s in row.signals}
            ):
                wrong.append(atom)
    return wrong


def value(protocol, text):
    bare = text.lstrip("-")
    if "." not in bare:
        return True
    message, _, signal = bare.partition(".")
    row = TABLES.families[protocol.family].messages.get(message)
    return row is not None and signal in {s.name for s in row.signals}


@pytest.mark.parametrize("protocol", DECODED, ids=lambda p: p.protocol)
def test_every_guard_names_something(protocol):
    guards = [s.begins for s in protocol.stages] + [g for w in protocol.waits for g in (w.since, w.until)]
    guards += [g for s in protocol.stops for g in (s.when, s.awaited, s.needs) if g]
    guards += [g for d in protocol.watchdogs for g in (d.since, d.until) if g]
    guards += [t.when for t in protocol.detect.traits] + [
        protocol.sessions.began,
        protocol.sessions.ended,
        protocol.sessions.restarts,
    ]
    for plays in (protocol.plays.vehicle, protocol.plays.charger):
        for play in plays:
            guards += [g for g in (play.when, play.until) if g]
            guards += [
                row[0] for c in play.values.values() if isinstance(c, list) for row in c if isinstance(row, list)
            ]
    guards += [a.since for a in protocol.plays.acts]

    assert {g: named(protocol, g) for g in guards if named(protocol, g)} == {}


@pytest.mark.parametrize("protocol", DECODED, ids=lambda p: p.protocol)
def test_every_relation_and_curve_names_signals(protocol):
    names = [n for r in protocol.relations for n in (r.left, r.right, r.gate.signal if r.gate else "0")]
    names += [protocol.energy.voltage, protocol.energy.current, *protocol.compare.values()]

    assert [n for n in names if not value(protocol, n)] == []


@pytest.mark.parametrize("protocol", DECODED, ids=lambda p: p.protocol)
def test_every_play_sends_its_own_messages_with_its_own_signals(protocol):
    for side, plays in (("vehicle", protocol.plays.vehicle), ("charger", protocol.plays.charger)):
        for play in plays:
            message = protocol.messages[play.send]

            assert message.frame.sender == side
            assert set(play.values) <= {s.name for s in message.signals}


@pytest.mark.parametrize("protocol", TABLES.protocols.values(), ids=lambda p: p.protocol)
def test_every_protocol_names_its_source_and_what_is_public(protocol):
    assert protocol.source in protocol.sources
    assert all({"number", "class", "read"} <= set(row) for row in protocol.sources.values())
    if not protocol.decoded and protocol.packets is None:
        assert protocol.public
        assert protocol.not_public
        assert protocol.published_in


def test_an_identifier_means_one_message():
    for family in TABLES.families.values():
        identifiers = [m.frame.id & family.elder.link.identifier_mask for m in family.messages.values()]

        assert len(identifiers) == len(set(identifiers))


def test_every_mapping_row_goes_from_a_signal_to_a_signal():
    for mapping in mappings():
        families = [TABLES.families[name] for name in mapping.between]
        for row in mapping.rows:
            for text in (row.source, row.to):
                message, _, signal = text.lstrip("-").partition(".")
                assert any(
                    message in f.messages and signal in {s.name for s in f.messages[message].signals} for f in families
                ), text


def test_couplers_name_sources_and_protocols_of_the_library():
    table = couplers()
    printed = {p.standard for p in TABLES.protocols.values()}

    for row in table.couplers:
        assert row.source in table.sources
        assert set(row.protocols) <= printed
    plugs = {c.plug for c in table.couplers}
    assert all({a.inlet, a.connector} <= plugs for a in table.adapters)


def test_an_empty_record_replays_to_nothing():
    for family in TABLES.families.values():
        found = replay(Record(family=family.name), family, family.elder)

        assert (found.stages, found.debts, found.stops) == ([], [], [])


def test_a_wrong_table_is_refused_with_its_line(tmp_path):
    source = Path(__file__).resolve().parents[2] / "data" / "protocols"
    folder = tmp_path / "protocols"
    folder.mkdir()
    for path in source.glob("*.yaml"):
        (folder / path.name).write_text(
            path.read_text(encoding="utf-8").replace("within_s: 30,", "within_s: soon,"), encoding="utf-8"
        )

    with pytest.raises(BadInput, match=r"protocols/gbt27930-20\d\da?\.yaml:\d+:\d+: within_s"):
        library(tmp_path)
