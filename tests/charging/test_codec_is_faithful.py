"""What is encoded is decoded to the same, for every message of every table, and impossible values are named."""

import math

import cantools.database.can as cdb
import numpy as np
import pytest
from cantools.database.conversion import BaseConversion
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.charging.codec import Unencodable, acknowledge, clear_to_send, decode, encode, frames_of, number_of
from carnet.charging.protocol import library

DECODED = sorted(p.protocol for p in library().protocols.values() if p.decoded)
MESSAGES = [(p, m) for p in DECODED for m in library().protocol(p).messages]


def raws(signal):
    if signal.values:
        return st.sampled_from(sorted(signal.values))
    if signal.kind == "bcd":
        most = 10 ** (signal.bits // 4) - 1
        low, high = signal.range or (0, most)
        return st.integers(int(low), int(min(high, most)))
    low, high = 0, (1 << signal.bits) - 1
    if signal.range is not None:
        ends = sorted((edge - signal.offset) / signal.scale for edge in signal.range)
        low, high = max(low, math.ceil(ends[0])), min(high, math.floor(ends[1]))
    return st.integers(low, high)


def values(message):
    fields = {}
    for signal in message.signals:
        if signal.kind == "text":
            fields[signal.name] = st.text(
                st.characters(max_codepoint=255), min_size=signal.bits // 8, max_size=signal.bits // 8
            )
        elif signal.kind == "bytes":
            fields[signal.name] = st.binary(min_size=signal.bits // 8, max_size=signal.bits // 8)
        elif signal.kind == "repeat":
            fields[signal.name] = st.lists(raws(signal).map(signal.value), min_size=5, max_size=60).map(tuple)
        elif signal.kind == "bcd":
            fields[signal.name] = raws(signal)
        elif not any(o.bit == signal.bit and o.bits < signal.bits for o in message.signals):
            fields[signal.name] = raws(signal).map(signal.value)
    return st.fixed_dictionaries(fields)


@pytest.mark.parametrize(("protocol", "name"), MESSAGES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_decode_undoes_encode(protocol, name, data):
    table = library().protocol(protocol)
    message = table.messages[name]
    said = data.draw(values(message))

    payload = encode(table, name, said)
    heard = decode(message, np.frombuffer(payload, np.uint8)[None, :]) if payload else {}

    for field, value in said.items():
        if field not in heard:
            assert message.signal(field).bit + message.signal(field).bits > 8 * len(payload)
        elif isinstance(value, tuple):
            assert tuple(heard[field][0]) == value
        else:
            assert heard[field][0] == value


def test_the_peer_reads_the_same_numbers():
    table = library().protocol("gbt27930-2015")
    payload = encode(table, "BCL", {"demand_voltage": 405.6, "demand_current": -120.5, "mode": 2})
    signals = [
        cdb.Signal(
            s.name,
            s.bit,
            s.bits,
            byte_order="little_endian",
            conversion=BaseConversion.factory(scale=s.scale, offset=s.offset),
        )
        for s in table.messages["BCL"].signals
    ]
    peer = cdb.Message(table.messages["BCL"].frame.id, "BCL", 5, signals, is_extended_frame=True)

    assert payload.hex().upper() == "D80FEB0A02"  # 4056 -> D80F, (400 - 120.5) * 10 = 2795 -> EB0A
    assert {k: round(v, 6) for k, v in peer.decode(payload).items()} == {
        "demand_voltage": 405.6,
        "demand_current": -120.5,
        "mode": 2,
    }


def test_an_impossible_value_is_named_with_field_value_and_limit():
    table = library().protocol("gbt27930-2015")

    with pytest.raises(Unencodable) as problem:
        encode(table, "BCL", {"demand_voltage": 9000.0})

    assert str(problem.value) == "BCL.demand_voltage: 9000.0 V does not fit 16 bits at 0.1 V (0.0 to 6553.5 V)"


@pytest.mark.parametrize(
    ("name", "field", "value", "says"),
    [
        ("CRM", "recognition", 5, "CRM.recognition: 5 means nothing; known: 0 not_recognized, 170 recognized"),
        ("BCS", "soc", 101, "BCS.soc: 101 % is outside 0 to 100"),
        ("CTS", "minute", 75, None),
        ("BRM", "vin", "SHORT", "BRM.vin: 'SHORT' is not 17 characters or bytes"),
        ("BCL", "demand_voltage", float("nan"), "BCL.demand_voltage: nan is not a number"),
        ("BCL", "demand_voltage", 1.23, "BCL.demand_voltage: 1.23 V is not a multiple of 0.1; the nearest is 1.2"),
    ],
)
def test_each_limit_has_its_sentence(name, field, value, says):
    table = library().protocol("gbt27930-2015")
    if says is None:
        assert number_of(name, table.messages[name].signal(field), 75) == 0x75
        return

    with pytest.raises(Unencodable) as problem:
        encode(table, name, {field: value})

    assert str(problem.value) == says


def test_a_long_message_goes_as_request_and_parts():
    table = library().protocol("gbt27930-2015")
    payload = encode(table, "BCP", {"max_charge_voltage": 750.0, "max_charge_current": -250.0})

    frames = frames_of(table, "BCP", payload)

    assert [f"{i:08X}#{d.hex().upper()}" for i, d in frames[:1]] == ["1CEC56F4#100D0002FF000600"]
    assert len(frames) == 3
    assert clear_to_send(table, "BCP", 2) == (0x1CECF456, bytes.fromhex("110201FFFF000600"))
    assert acknowledge(table, "BCP", 13) == (0x1CECF456, bytes.fromhex("130D0002FF000600"))
