"""On a real bus the twins say what they say in rehearsal; no bus, no traceback.

Most claims run on a bus of our own whose clock only moves when everybody waits, so that a busy machine changes nothing.
One runs in real time on python-can's virtual bus, which needs no kernel module.
"""

import threading
from collections import deque

import pytest
from typer.testing import CliRunner

from carnet.charging.live import talk
from carnet.charging.twins import Battery, Supply
from carnet.doors.cli.charge import app
from carnet.doors.cli.wire import CanWire
from carnet.errors import BadInput

pytest.importorskip("can")


class Stage:
    """A bus for several talkers whose time stands still while one of them works."""

    def __init__(self, talkers):
        self.time, self.gate = 0.0, threading.Condition()
        self.wires = [StageWire(self) for _ in range(talkers)]

    def moves(self):
        """Everybody waits and nothing is on its way: the clock goes to the first who waits for it."""
        here = [w for w in self.wires if w.here]
        if here and all(w.until is not None and not w.inbox for w in here):
            self.time = max(self.time, min(w.until for w in here))
            self.gate.notify_all()


class StageWire:
    def __init__(self, stage):
        self.stage, self.inbox, self.until, self.here = stage, deque(), None, True

    def now(self):
        return self.stage.time

    def send(self, identifier, data):
        with self.stage.gate:
            for other in self.stage.wires:
                if other is not self:
                    other.inbox.append((identifier, data))
            self.stage.gate.notify_all()

    def receive(self, until):
        with self.stage.gate:
            self.until = until
            while not self.inbox and self.stage.time < until:
                self.stage.moves()
                if not self.inbox and self.stage.time < until:
                    self.stage.gate.wait(5)
            self.until = None
            return self.inbox.popleft() if self.inbox else None

    def leave(self):
        with self.stage.gate:
            self.here = False
            self.stage.moves()
            self.stage.gate.notify_all()


def together(protocol, *sides, wires=None, **more):
    """One thread for each side, each taking the other for a device."""
    wires = wires or Stage(len(sides)).wires
    results, errors = {}, []

    def play(wire, battery, supply):
        try:
            name = "vehicle" if supply is None else "charger"
            results[name] = talk(protocol, wire, battery, supply, **{"stop_after_s": 2, **more})
        except Exception as error:  # noqa: BLE001 - the thread's error is the test's
            errors.append(error)
        finally:
            if isinstance(wire, StageWire):
                wire.leave()

    threads = [threading.Thread(target=play, args=(w, *side)) for w, side in zip(wires, sides, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    return results


def both(protocol, battery=None, supply=None, **more):
    return together(protocol, (battery or Battery(400, 100), None), (None, supply or Supply(500, 60)), **more)


@pytest.mark.parametrize("protocol", ["gbt27930-2011", "gbt27930-2015", "chademo-0.9", "chademo-1.x", "chademo-2.0"])
def test_two_twins_that_know_nothing_of_each_other_charge(protocol):
    results = both(protocol)

    for result in results.values():
        verdict = result.judgement().session
        assert result.outcome in ("works", "limited")
        assert verdict.reached in ("end", "release")
        assert verdict.ended_by.side == "charger"
        assert [i for i in verdict.issues if i.level == "violation"] == []
        assert 0 < result.energy_kwh < 0.1
        assert result.peak_current <= 60
    first, second = results.values()
    assert first.peak_power_kw == pytest.approx(second.peak_power_kw, rel=0.2)


def test_both_sides_heard_the_same_frames():
    first, second = both("gbt27930-2015").values()

    assert sorted(x[1:] for x in first.frames) == sorted(x[1:] for x in second.frames)


def test_python_cans_virtual_bus_carries_it_in_real_time():
    with CanWire("virtual:real") as one, CanWire("virtual:real") as other:
        results = both("gbt27930-2015", wires=[one, other])

    assert {r.outcome for r in results.values()} <= {"works", "limited"}
    assert all(r.energy_kwh > 0 for r in results.values())


def test_the_limits_of_the_device_decide():
    results = both("gbt27930-2015", Battery(700, 100))

    assert results["charger"].reason == "the vehicle needs 700 V; the charger gives at most 500 V"


def test_a_channel_on_which_nobody_speaks_is_left_after_a_while():
    [wire] = Stage(1).wires

    result = talk("chademo-1.x", wire, Battery(400, 100), None, patience_s=3)

    assert result.outcome == "fails"
    assert result.reason.startswith("no charger speaking CHAdeMO")
    assert result.frames


def test_our_two_twins_can_be_listened_to():
    stage = Stage(2)
    ear = stage.wires[1]
    ear.here = False

    result = talk("gbt27930-2011", stage.wires[0], Battery(400, 100), Supply(500, 60), stop_after_s=1)

    assert result.outcome == "limited"
    assert sorted(ear.inbox) == sorted((i, d) for _, i, d in result.frames)


@pytest.mark.parametrize("where", ["carnet-nowhere0", "nosuchbus:x"])
def test_a_missing_interface_is_a_sentence(where):
    answer = CliRunner().invoke(app, ["rehearse", "--live", where, "--vehicle", "400,100", "--protocol", "chademo-1.x"])

    assert isinstance(answer.exception, BadInput)
    assert "no such CAN interface can be opened on this machine" in str(answer.exception)
    assert "ip link add dev vcan0 type vcan" in str(answer.exception)


def test_the_command_needs_a_side_to_play():
    answer = CliRunner().invoke(app, ["rehearse", "--live", "virtual:x", "--protocol", "chademo-1.x"])

    assert "the sides our twins play" in str(answer.exception)
