"""The checks of a session against its table: forms, cycles, debts, silences, relations, transport, energy.

Every check yields Issues with the rule's id; whether a rule is a violation or tolerated is looked up in the practices.
Reading order: all_issues(), then each check in its order. What the session's values were stands in measured.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .guard import messages
from .judgement import Ending, Issue
from .measured import energy
from .record import HISTOGRAM, LENGTHS, MessageStats

if TYPE_CHECKING:
    from .verdict import Case

CYCLE_ENOUGH = 10  # gaps before a cycle is judged


def issue(case: Case, rule: str, message: str, line: int | None) -> Issue:
    """An issue at the level the practices give its rule."""
    excuse = case.library.tolerated(rule)
    return Issue(
        "tolerated" if excuse else "violation",
        rule,
        f"{message}; tolerated: {excuse.because}" if excuse else message,
        line,
    )


def all_issues(case: Case, ending: Ending) -> Iterator[Issue]:
    yield from capture(case)
    yield from forms(case)
    yield from cycles(case)
    yield from debts(case, ending)
    yield from silences(case)
    yield from relations(case)
    yield from transport(case)
    yield from declared(case)


def capture(case: Case) -> Iterator[Issue]:
    """What the recording cannot show."""
    record = case.record
    entered = {name for name, _, _ in case.stages()}
    known = case.protocol.messages
    opening = [s.name for s in case.protocol.stages if not s.closing and messages(s.begins) & known.keys()]
    begun = next((number for number, name in enumerate(opening) if name in entered), len(opening))
    if begun and entered:
        where = opening[begun] if begun < len(opening) else next(name for name, _, _ in case.stages())
        text = f"not captured: {', '.join(opening[:begun])}; the recording starts at {where}"
        yield Issue("incomplete", "capture.starts_late", text, record.first_line)
    if record.events_lost:
        yield Issue(
            "incomplete",
            "capture.events",
            f"{record.events_lost} changes beyond the first 20,000 were not followed",
            record.last_line,
        )
    if record.unknown:
        count, line = sum(c for c, _ in record.unknown.values()), min(at for _, at in record.unknown.values())
        names = {f"{r.id & r.mask:X}": r.name for r in case.family.elder.recognized}
        listed = sorted(
            {
                names[f"{number & r.mask:X}"]
                for number in record.unknown
                for r in case.family.elder.recognized
                if f"{number & r.mask:X}" in names
            }
        )
        yield Issue(
            "incomplete",
            "unknown.messages",
            f"{count} frames between the two addresses stand in no table"
            + (f" (among them {', '.join(listed)})" if listed else ""),
            line,
        )


def forms(case: Case) -> Iterator[Issue]:
    """Lengths, filler bits, priorities and values."""
    for name, stats in case.record.messages.items():
        row = case.protocol.messages.get(name)
        if row is None:
            yield Issue(
                "incomplete",
                f"generation.{name}",
                f"{name} does not belong to {case.protocol.standard}",
                stats.first_line,
            )
            continue
        for length, (count, line) in sorted(stats.lengths.items()):
            if row.frame.lengths and length not in row.frame.lengths and length < LENGTHS - 1:
                wanted = " or ".join(str(x) for x in row.frame.lengths)
                padded = (
                    length == 8 and max(row.frame.lengths) < 8 and set(stats.kept[max(row.frame.lengths) :]) <= {0xFF}
                )
                rule = f"length.padded.{name}" if padded else f"length.{name}"
                yield issue(case, rule, f"{count} {name} have {length} bytes instead of {wanted}", line)
        if stats.filler:
            yield issue(case, f"filler.{name}", f"{stats.filler} {name} fill unused bits with 0", stats.filler_line)
        if stats.priority:
            yield issue(
                case,
                f"priority.{name}",
                f"{stats.priority} {name} have another priority than the table",
                stats.priority_line,
            )
    for full, signal in case.record.signals.items():
        if signal.bad:
            name, _, part = full.partition(".")
            row = case.protocol.messages.get(name)
            if row is None or part not in {s.name for s in row.signals}:
                continue
            meant = row.signal(part)
            shown = (
                f"raw {signal.bad_raw}"
                if meant.values or meant.kind == "bcd"
                else f"{meant.value(signal.bad_raw)} {meant.unit}".strip()
            )
            yield issue(
                case,
                f"value.{full}",
                f"{signal.bad} values of {full} mean nothing or are out of range, first {shown}",
                signal.bad_line,
            )


def median_ms(stats: MessageStats) -> float:
    """The middle gap between two messages, to a millisecond."""
    half, seen = (sum(stats.gaps_ms.values()) + 1) // 2, 0
    for slot, count in sorted(stats.gaps_ms.items()):
        seen += count
        if seen >= half:
            return slot
    return 0.0


def cycles(case: Case) -> Iterator[Issue]:
    """Messages whose usual gap is not the cycle of the table."""
    if not case.timed:
        return
    limits = case.library.practices.cycle
    for name, stats in case.record.messages.items():
        cycle = case.family.messages[name].frame.cycle_ms
        if (
            not cycle
            or sum(stats.gaps_ms.values()) < CYCLE_ENOUGH
            or case.step_us > cycle * 250
            or case.family.messages[name].frame.optional
        ):
            continue
        middle = median_ms(stats)
        if middle >= HISTOGRAM - 1:
            continue
        off = (middle - cycle) / cycle * 100
        if abs(off) <= limits.tolerated_above_percent:
            continue
        text = f"{name} comes every {middle:.0f} ms instead of {cycle} ms"
        if off > limits.violation_above_percent:
            yield Issue("violation", f"cycle.{name}", text, stats.first_line)
        else:
            yield issue(case, f"cycle.off.{name}", text, stats.first_line)


def debts(case: Case, ending: Ending) -> Iterator[Issue]:
    """What was owed and came late or never."""
    record = case.record
    stopped = min((p.index for p, _ in case.final_stops()), default=None)
    for debt in case.replay.debts:
        wait = debt.wait
        limit = wait.within_s + wait.slack_s
        if debt.met is not None:
            took = (debt.met.time - debt.since.time) * 1e-6
            if case.timed and took > limit:
                yield _debt(
                    case, wait.id, wait.exact, f"the {wait.owes} owed {wait.says}; it took {took:.2f} s", debt.met.line
                )
            continue
        closing = stopped is not None and debt.since.index >= stopped
        if stopped is not None and not closing:
            at = case.record.events[stopped]
            if case.timed and (at.time - debt.since.time) * 1e-6 > limit:
                yield _debt(
                    case,
                    wait.id,
                    wait.exact,
                    f"the {wait.owes} owed {wait.says}; it had not come when the session was stopped",
                    debt.since.line,
                )
            continue
        passed = (record.last_time - debt.since.time) * 1e-6
        if case.timed and passed > limit:
            yield _debt(case, wait.id, wait.exact, f"the {wait.owes} owed {wait.says}; it never came", debt.since.line)
        else:
            after = f"{passed:.2f} s after it became due" if case.timed else "before it can be judged"
            yield Issue(
                "incomplete", wait.id, f"the recording ends {after}: the {wait.owes} owes {wait.says}", debt.since.line
            )


def _debt(case: Case, rule: str, exact: bool, message: str, line: int) -> Issue:
    return (
        issue(case, rule, message, line)
        if exact or case.library.tolerated(rule)
        else Issue("incomplete", rule, message + " (the signal that starts it is not on the bus)", line)
    )


def silences(case: Case) -> Iterator[Issue]:
    """Streams that paused longer than their receiver may bear."""
    if not case.timed:
        return
    for event in case.replay.gaps:
        dog = next(d for d in case.protocol.watchdogs if d.message == event.message)
        yield issue(
            case,
            f"watchdog.{event.message}",
            f"the {dog.owes} sent no {event.message} for {event.gap * 1e-6:.2f} s; "
            f"the {dog.watched_by} may wait {dog.within_s:g} s",
            event.line,
        )


def relations(case: Case) -> Iterator[Issue]:
    """Values that contradict each other."""
    rows = {r.id: r for r in case.protocol.relations}
    for identifier, hits in case.record.relations.items():
        row = rows.get(identifier)
        if row is None:
            continue
        if row.for_s:
            cycle = case.family.messages[row.at].frame.cycle_ms or 100
            lasted = hits.longest * 1e-6 if case.timed else hits.count * cycle / 1000
            if lasted < row.for_s:
                continue
            text = f"{row.says} for {lasted:.1f} s" if case.timed else f"{row.says} in {hits.count} frames"
        else:
            text = f"{row.says}, {hits.count} times"
        unit = "" if row.left.startswith("0") else _unit(case, row.left)
        yield issue(
            case, identifier, f"{text}, at worst by {hits.worst + row.slack:g} {unit}".rstrip(), hits.first_line
        )


def _unit(case: Case, name: str) -> str:
    message, _, signal = name.lstrip("-").partition(".")
    return case.family.messages[message].signal(signal).unit


def transport(case: Case) -> Iterator[Issue]:
    packets = case.record.packets
    if packets.unanswered:
        yield issue(
            case,
            "transport.unanswered",
            f"{packets.unanswered} requests to send were never answered",
            packets.unanswered_line,
        )
    if packets.broken:
        last = packets.broken == 1 and case.record.last_line - packets.broken_line < 40
        text = f"{packets.broken} packets were begun and not finished"
        yield (
            Issue("incomplete", "transport.unfinished", text + ", the session ended", packets.broken_line)
            if last
            else issue(case, "transport.broken", text, packets.broken_line)
        )
    if packets.wrong:
        yield issue(
            case,
            "transport.wrong",
            f"{packets.wrong} control frames of the transport protocol cannot be right",
            packets.wrong_line,
        )
    if packets.stray:
        yield Issue(
            "incomplete", "transport.stray", f"{packets.stray} data frames belong to no open packet", packets.stray_line
        )
    if packets.complete and not packets.eoma:
        yield issue(case, "transport.no_eoma", f"none of {packets.complete} packets was acknowledged at its end", None)


def sender_faults(case: Case, side: str) -> list[Issue]:
    """Violations that a side's own frames show before anything was reported."""
    found = [
        i
        for i in cycles(case)
        if i.level == "violation" and case.family.messages[i.rule.partition(".")[2]].frame.sender == side
    ]
    blamed = {r.id for r in case.protocol.relations if r.blames == side}
    return found + [i for i in relations(case) if i.level == "violation" and i.rule in blamed]


def declared(case: Case) -> Iterator[Issue]:
    """Declared energy that the output does not bear out; only when the whole transfer was recorded."""
    both = energy(case)
    integral, stated = both["integral_kwh"], both["declared_kwh"]
    if integral is None or stated is None or case.record.energy_gaps:
        return
    whole = any(s.phase == "parameters" for s, _ in case.replay.stages)
    if whole and abs(integral - stated) > max(0.1, 0.05 * max(integral, stated)):
        rule = case.family.elder.energy
        at = case.record.signals[rule.declared].last_line if rule else None
        yield issue(
            case, "energy.differs", f"the charger declares {stated:g} kWh, its output adds up to {integral:g} kWh", at
        )
