"""The readable and the compiled walker leave the same record, whatever frames come: valid, broken or hostile."""

import random

import numpy as np
import pytest

from carnet.charging.codec import decode
from carnet.charging.compiled import UNCOUNTED, knows
from carnet.charging.frames import frames
from carnet.charging.judge import judge
from carnet.charging.kernel import Walker as Swift
from carnet.charging.protocol import library
from carnet.charging.readers.formats import PARSERS
from carnet.charging.reference import Walker as Reference

from .sessions import CAN, log, session

FAMILIES = library().families


def scrambled(noise: random.Random, family, count: int):
    """Frames of a family's identifiers with random data, lengths and times, packets of the transport included."""
    messages = list(family.messages.values())
    known = [m.frame.id for m in messages]
    transport = family.elder.transport
    special = [*transport.control.values(), *transport.data.values()] if transport else []
    rows, time = [], 0
    again = noise.choice((0.0, 0.3, 0.9))  # how often a message comes with the bytes it had, as on a real bus
    said = {}
    for line in range(1, count + 1):
        time += noise.choice(
            (0, 1, 500, 10_000, 50_000, 100_000, 1_200_000, 70_000_000 if noise.random() < 0.02 else 3)
        )
        kind = noise.random()
        if special and kind < 0.35:
            identifier = noise.choice(special)
            packet = noise.choice([m for m in messages if m.frame.via == "transport"])
            number = (packet.frame.id >> 8 & 0x3FF00).to_bytes(3, "little")
            size = noise.choice((9, 13, 49, 0, 1785, 2000))
            data = noise.choice((
                bytes([16, size & 255, size >> 8, -(-size // 7) & 255, 255]) + number,
                bytes([17, 7, 1, 255, 255]) + number,
                bytes([noise.choice((19, 32, 255, 3)), size & 255, size >> 8, -(-size // 7) & 255, 255]) + number,
                bytes([noise.randrange(1, 9)]) + noise.randbytes(7),
                noise.randbytes(noise.randrange(9)),
            ))  # fmt: skip
        elif kind < 0.95:
            message = noise.choice(messages)
            identifier = message.frame.id
            size = noise.choice([*message.frame.lengths, 0, 1, 8]) if message.frame.via == "frame" else 8
            data = bytes(noise.choice((0, 1, 255, 170, 16, noise.randrange(256))) for _ in range(min(size, 8)))
            data = said[identifier] if identifier in said and noise.random() < again else data
            said[identifier] = data
        else:
            identifier = noise.choice(
                (0x18FF56F4, 0x7FF, noise.choice(known) ^ (1 << 26 if family.elder.link.identifier_bits == 29 else 1))
            )
            data = noise.randbytes(noise.randrange(9))
        rows.append((line, time, 0, identifier, data))
    return rows


def agree(seed: int, count: int) -> None:
    noise = random.Random(seed)
    for family in FAMILIES.values():
        rows = scrambled(noise, family, count)
        cut = noise.randrange(count)
        results = []
        for walker in (Reference(family, 0), Swift(family, 0)):
            found = [record for part in (rows[:cut], rows[cut:]) for record in walker.feed(frames(part))]
            results.append([*found, walker.close()])
        assert results[0] == results[1], f"seed {seed}, {family.name}"


@pytest.mark.parametrize("seed", range(24))
def test_on_scrambled_traffic(seed):
    agree(seed, 400)


@pytest.mark.parametrize("protocol", CAN)
@pytest.mark.parametrize("faults", [(), ("lose:BCS@5",), ("lose:CCS@5",)], ids=["plain", "BCS lost", "CCS lost"])
def test_on_rehearsed_sessions(tmp_path, protocol, faults):
    if faults and protocol.startswith("chademo"):
        faults = ("lose:102@5",)
    path = log(tmp_path, session(protocol, *faults))

    slow, fast = (judge(path, engine=engine).plain() for engine in ("reference", "swift"))

    assert slow == fast


@pytest.mark.hard
def test_on_two_hundred_thousand_scrambled_frames():
    for seed in range(1000, 1250):
        agree(seed, 400)


def test_numba_still_takes_the_switch_that_makes_the_walk_fast():
    assert knows(UNCOUNTED)
    assert not knows("no_such_switch")


def noisy_lines(seed: int, count: int) -> None:
    noise = random.Random(seed)
    alphabet = "()0123456789abcdefABCDEF#.,;:| \t[]xRTXrdt-+/\x00\u00e9\u5e8f"
    parsers = [kind() for kind in PARSERS]
    for _ in range(count):
        line = "".join(noise.choice(alphabet) for _ in range(noise.randrange(48)))
        for parser in parsers:
            parser.read(line)


def test_no_line_breaks_a_parser():
    noisy_lines(1, 2000)


@pytest.mark.hard
def test_two_hundred_thousand_lines_break_no_parser():
    noisy_lines(2, 200_000)


def noisy_payloads(seed: int, count: int) -> None:
    noise = np.random.default_rng(seed)
    messages = [m for p in library().protocols.values() for m in p.messages.values()]
    each = max(1, count // len(messages))
    for message in messages:
        for width in (0, 1, 5, 8, 41, 49):
            decode(message, noise.integers(0, 256, (max(1, each // 6), width), np.uint8))


def test_no_payload_breaks_the_codec():
    noisy_payloads(1, 2000)


@pytest.mark.hard
def test_two_hundred_thousand_payloads_break_no_codec():
    noisy_payloads(2, 200_000)
