"""The slow walker: frame by frame, one rule at a time, for reading and for checking the fast one.

It must give the same Record as kernel.py on every recording and every generated session; tests compare them whole.
Reading order: Walker.feed(), _message(), _relation(), _energy(). Long messages come from reassembly.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from .frames import Frames
from .guard import Atom, parse
from .protocol import Family, Message, Relation, Signal
from .reassembly import Reassembler
from .record import (
    HISTOGRAM,
    KEPT_BYTES,
    LENGTHS,
    MOST_EVENTS,
    MOST_UNKNOWN,
    SERIES,
    Event,
    Hits,
    Kind,
    MessageStats,
    Record,
    SignalStats,
)


class Walker:
    """Walks the frames of one bus for one family; `feed` yields the record of each session that ends on the way."""

    def __init__(self, family: Family, channel: int) -> None:
        self.family, self.channel = family, channel
        elder = family.elder
        assert elder.link is not None
        assert elder.sessions is not None
        self.link, self.sessions, self.transport = elder.link, elder.sessions, elder.transport
        self.unused = elder.link.unused_bits
        mask = elder.link.identifier_mask
        self.by_id = {m.frame.id & mask: name for name, m in family.messages.items()}
        self.by_number = {
            (m.frame.sender, m.frame.id >> 8 & 0x3FF00): n
            for n, m in family.messages.items()
            if m.frame.via == "transport"
        }
        self.control = (
            {identifier & mask: side for side, identifier in self.transport.control.items()} if self.transport else {}
        )
        self.data = (
            {identifier & mask: side for side, identifier in self.transport.data.items()} if self.transport else {}
        )
        self.watchdogs = {w.message: round(w.within_s * 1e6) for w in elder.watchdogs}
        self.all_relations = {r.id: r for p in (elder, *family.generations) for r in p.relations}
        self.reset(restarted=False)

    def reset(self, *, restarted: bool) -> None:
        self.record = Record(channel=self.channel, family=self.family.name, restarted=restarted)
        self.progress = 0
        self.packets = Reassembler(self.by_number, self.record.packets, self._unanswered)
        self.watched: dict[str, int] = {}
        self.now: dict[str, int] = {}  # last valid raw value of every signal
        self.hit_since: dict[str, int | None] = {}
        self.before: tuple[int, float, float, bool] | None = None  # last energy sample
        self.skip = 0

    def feed(self, chunk: Frames) -> Iterator[Record]:
        """Take a chunk; yield each session that is over."""
        peers = tuple(self.link.peers.values())
        for line, time, identifier, length, number in zip(
            chunk.line.tolist(),
            chunk.time.tolist(),
            chunk.id.tolist(),
            chunk.length.tolist(),
            chunk.payload.tolist(),
            strict=True,
        ):
            key = identifier & self.link.identifier_mask
            extended = identifier > 0x7FF
            if extended != (self.link.identifier_bits == 29):
                continue
            known = key in self.by_id or key in self.control or key in self.data
            if not known:
                if extended and any(identifier & 0xFFFF == peer for peer in peers):
                    self._unknown(identifier, line)
                continue
            payload = number.to_bytes(8, "little")[:length]
            if self.record.frames and self._splits(key, payload, time):
                yield self.close()
                self.reset(restarted=True)
            self._account(line, time)
            if key in self.control:
                self.packets.control(self.control[key], payload, line, time)
            elif key in self.data:
                if (whole := self.packets.data(self.data[key], payload, line)) is not None:
                    self._message(*whole, line, time)
            else:
                name = self.by_id[key]
                priority = (
                    extended and (identifier ^ self.family.messages[name].frame.id) & ~self.link.identifier_mask != 0
                )
                self._message(name, payload, line, time, priority=priority)

    def close(self) -> Record:
        """The record of the session so far."""
        self.packets.close(self.record.last_time)
        return self.record

    def _account(self, line: int, time: int) -> None:
        record = self.record
        if not record.frames:
            record.first_time, record.first_line = time, line
        record.frames += 1
        record.last_time, record.last_line = time, line

    def _unknown(self, identifier: int, line: int) -> None:
        unknown = self.record.unknown
        if identifier in unknown:
            unknown[identifier] = (unknown[identifier][0] + 1, unknown[identifier][1])
        elif len(unknown) < MOST_UNKNOWN:
            unknown[identifier] = (1, line)

    def _unanswered(self, message: str, line: int, time: int) -> None:
        self._event("unanswered", message, b"", line, time)

    def _splits(self, key: int, payload: bytes, time: int) -> bool:
        if time - self.record.last_time > self.sessions.silence_s * 1e6:
            return True
        return (
            self.progress == 2 and key in self.by_id and self._holds(self.sessions.restarts, self.by_id[key], payload)
        )

    def _holds(self, guard: str, name: str, payload: bytes) -> bool:
        return any(part[0].message == name and self._atom(part[0], payload) for part in parse(guard))

    def _atom(self, atom: Atom, payload: bytes) -> bool:
        if not atom.signal:
            return True
        signal = self.family.messages[atom.message].signal(atom.signal)
        return signal.bit + signal.bits <= 8 * len(payload) and extract(signal, payload) == atom.value

    def _event(self, kind: Kind, name: str, payload: bytes, line: int, time: int, gap: int = 0) -> None:
        if len(self.record.events) < MOST_EVENTS:
            self.record.events.append(
                Event(time, line, name, kind, int.from_bytes(payload[:8], "little"), len(payload), gap)
            )
        else:
            self.record.events_lost += 1

    # -- messages ----------------------------------------------------------------------------------------------

    def _message(self, name: str, payload: bytes, line: int, time: int, *, priority: bool = False) -> None:
        message = self.family.messages[name]
        stats = self.record.messages.setdefault(name, MessageStats())
        if stats.count:
            gap = time - stats.last_time
            slot = min(gap // 1000, HISTOGRAM - 1)
            stats.gaps_ms[slot] = stats.gaps_ms.get(slot, 0) + 1
            if gap > stats.longest_gap:
                stats.longest_gap, stats.longest_gap_line = gap, line
            if name in self.watchdogs and gap > self.watchdogs[name]:
                self._event("gap", name, payload, line, time, gap)
        else:
            stats.first_time, stats.first_line = time, line
        stats.count += 1
        stats.last_time, stats.last_line = time, line
        length = min(len(payload), LENGTHS - 1)
        count, first = stats.lengths.get(length, (0, line))
        stats.lengths[length] = (count + 1, first)
        stats.kept = payload[:KEPT_BYTES]
        if priority:
            stats.priority += 1
            stats.priority_line = stats.priority_line or line
        filler = message.frame.filler[: len(payload)]
        if any(payload[i] & bits != bits for i, bits in enumerate(filler)):
            stats.filler += 1
            stats.filler_line = stats.filler_line or line
        key = self._watch(message, payload)
        if stats.count == 1:
            self._event("seen", name, payload, line, time)
        elif key != self.watched[name]:
            self._event("changed", name, payload, line, time)
        self.watched[name] = key
        previous = {f"{name}.{s.name}": self.now.get(f"{name}.{s.name}") for s in message.signals}
        for signal in message.signals:
            self._sample(f"{name}.{signal.name}", signal, payload, line)
        for relation in self.all_relations.values():
            if relation.at == name:
                self._relation(relation, previous, line, time)
        self._energy(name, line, time)
        if self.progress == 0 and self._holds(self.sessions.began, name, payload):
            self.progress = 1
        if self.progress == 1 and self._holds(self.sessions.ended, name, payload):
            self.progress = 2

    def _watch(self, message: Message, payload: bytes) -> int:
        """The watched bits of a message as one number; a crossed threshold counts as its lowest bit."""
        key = 0
        for signal in message.signals:
            if not signal.watch or signal.bit + signal.bits > min(64, 8 * len(payload)):
                continue
            raw = extract(signal, payload)
            key |= (raw if signal.watch is True else int(raw >= threshold(signal))) << signal.bit
        return key

    def _sample(self, full: str, signal: Signal, payload: bytes, line: int) -> None:
        if signal.kind not in ("number", "bcd") or signal.bits > 32 or signal.bit + signal.bits > 8 * len(payload):
            return
        raw = extract(signal, payload)
        if not signal.valid(raw, self.unused) or (
            signal.kind == "bcd" and any(raw >> 4 * d & 15 > 9 for d in range(signal.bits // 4))
        ):
            if not signal.filler(raw, self.unused):
                stats = self.record.signals.setdefault(full, SignalStats())
                stats.bad += 1
                if stats.bad == 1:
                    stats.bad_line, stats.bad_raw = line, raw
            return
        stats = self.record.signals.setdefault(full, SignalStats())
        if not stats.count:
            stats.first = stats.low = stats.high = raw
            stats.low_line = stats.high_line = line
        if raw < stats.low:
            stats.low, stats.low_line = raw, line
        if raw > stats.high:
            stats.high, stats.high_line = raw, line
        stats.count += 1
        stats.last, stats.last_line = raw, line
        self.now[full] = raw

    # -- relations and energy ----------------------------------------------------------------------------------

    def value(self, name: str) -> float | None:
        """The last valid value of 'BCL.demand_current', with '-' its negative; a number stands for itself."""
        sign, bare = (-1.0, name[1:]) if name.startswith("-") else (1.0, name)
        if "." not in bare:
            return sign * float(bare)
        if bare not in self.now:
            return None
        message, _, signal = bare.partition(".")
        row = self.family.messages[message].signal(signal)
        return sign * (self.now[bare] * row.scale + row.offset)

    def _relation(self, relation: Relation, previous: dict[str, int | None], line: int, time: int) -> None:
        hit = self._hit(relation, previous)
        since = self.hit_since.get(relation.id)
        if hit is None:
            self.hit_since[relation.id] = None
            return
        hits = self.record.relations.setdefault(relation.id, Hits())
        if since is None:
            since = self.hit_since[relation.id] = time
        if not hits.count:
            hits.first_line, hits.first_time = line, time
        hits.count += 1
        if hits.count == 1 or hit > hits.worst:
            hits.worst, hits.worst_line = hit, line
        if time - since > hits.longest:
            hits.longest, hits.longest_line = time - since, line

    def _hit(self, relation: Relation, previous: dict[str, int | None]) -> float | None:
        left = self.value(relation.left)
        if relation.previous:
            old, new = previous.get(relation.left), self.now.get(relation.left)
            if old is None or new is None:
                return None
            message, _, signal = relation.left.partition(".")
            scale = self.family.messages[message].signal(signal).scale
            excess = (old - new) * scale - relation.slack
            return excess if excess > 0 else None
        right = self.value(relation.right)
        if left is None or right is None:
            return None
        if relation.gate is not None:
            gate = self.value(relation.gate.signal)
            if gate is None or (relation.gate.below is not None and not gate < relation.gate.below):
                return None
            if relation.gate.above is not None and not gate > relation.gate.above:
                return None
        difference = abs(left - right) if relation.both_ways else left - right
        excess = difference - relation.slack
        return excess if excess > 1e-9 else None

    def _energy(self, name: str, line: int, time: int) -> None:
        rule = self.family.elder.energy
        if rule is None or rule.at != name:
            return
        voltage, current = self.value(rule.voltage), self.value(rule.current)
        if voltage is None or current is None:
            return
        running = not rule.only_while or bool(self.now.get(rule.only_while))
        self.record.energy_samples += 1
        if self.before is not None:
            then, old_voltage, old_current, was_running = self.before
            gap = time - then
            if gap > rule.longest_gap_s * 1e6:
                self.record.energy_gaps += 1
            elif running and was_running:
                self.record.energy += (old_voltage * old_current + voltage * current) * 0.5 * gap
        self.before = (time, voltage, current, running)
        self._series(
            time,
            self.now[rule.voltage.lstrip("-")],
            self.now[rule.current.lstrip("-")],
            self.now.get(rule.soc, -1) if rule.soc else -1,
        )

    def _series(self, time: int, voltage: int, current: int, soc: int) -> None:
        if self.skip == 0:
            if len(self.record.series) == SERIES:
                self.record.series = self.record.series[::2]
                self.record.stride *= 2
            self.record.series.append((time, voltage, current, soc))
        self.skip = (self.skip + 1) % self.record.stride


def extract(signal: Signal, payload: bytes) -> int:
    """The raw number of a signal in a payload that is long enough."""
    return int.from_bytes(payload, "little") >> signal.bit & (1 << signal.bits) - 1


def threshold(signal: Signal) -> int:
    """The raw number a watched value must reach: '>=50' -> 50."""
    return int(str(signal.watch).removeprefix(">="))
