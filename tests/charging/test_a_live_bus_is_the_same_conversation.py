"""In real time on a bus of python-can the twins say what they say in rehearsal; no bus, no traceback.

The bus is python-can's own virtual one, so that no kernel module is needed; the clock runs eight times the wall's.
"""

import threading

import pytest
from typer.testing import CliRunner

from carnet.charging.live import talk
from carnet.charging.twins import Battery, Supply
from carnet.doors.cli.charge import app
from carnet.doors.cli.wire import CanWire
from carnet.errors import BadInput

pytest.importorskip("can")
PACE = 8.0


def both(protocol, *, battery=None, supply=None, patience_s=60.0):
    """A twin per thread on one virtual channel, each taking the other for a device."""
    battery, supply = battery or Battery(400, 100), supply or Supply(500, 60)
    results, errors = {}, []

    def side(name, *given):
        try:
            with CanWire(f"virtual:{protocol}", PACE) as wire:
                results[name] = talk(protocol, wire, *given, stop_after_s=2, patience_s=patience_s)
        except Exception as error:  # noqa: BLE001 - the thread's error is the test's
            errors.append(error)

    threads = [
        threading.Thread(target=side, args=("vehicle", battery, None)),
        threading.Thread(target=side, args=("charger", None, supply)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    return results


@pytest.mark.parametrize("protocol", ["gbt27930-2015", "chademo-1.x"])
def test_two_twins_that_know_nothing_of_each_other_charge(protocol):
    results = both(protocol)

    for result in results.values():
        verdict = result.judgement().session
        assert result.outcome in ("works", "limited")
        assert verdict.reached in ("end", "release")
        assert verdict.ended_by.side == "charger"
        assert 0 < result.energy_kwh < 0.1
        assert result.peak_current <= 60
    first, second = results.values()
    assert first.peak_power_kw == pytest.approx(second.peak_power_kw, rel=0.2)


def test_the_limits_of_the_device_decide():
    results = both("gbt27930-2015", battery=Battery(700, 100))

    assert results["charger"].reason == "the vehicle needs 700 V; the charger gives at most 500 V"


def test_a_channel_on_which_nobody_speaks_is_left_after_a_while():
    with CanWire("virtual:nobody", PACE) as wire:
        result = talk("chademo-1.x", wire, Battery(400, 100), None, patience_s=3)

    assert result.outcome == "fails"
    assert result.reason.startswith("no charger speaking CHAdeMO")
    assert result.frames


def test_our_two_twins_can_be_listened_to():
    import can

    ear = can.Bus("stage", interface="virtual")
    with CanWire("virtual:stage", PACE) as wire:
        result = talk("gbt27930-2011", wire, Battery(400, 100), Supply(500, 60), stop_after_s=1)
    heard = []
    while (message := ear.recv(0)) is not None:
        heard.append((message.arbitration_id, bytes(message.data)))
    ear.shutdown()

    assert result.outcome == "limited"
    assert sorted(heard) == sorted((i, d) for _, i, d in result.frames)


@pytest.mark.parametrize("where", ["carnet-nowhere0", "nosuchbus:x"])
def test_a_missing_interface_is_a_sentence(where):
    answer = CliRunner().invoke(app, ["rehearse", "--live", where, "--vehicle", "400,100", "--protocol", "chademo-1.x"])

    assert isinstance(answer.exception, BadInput)
    assert "no such CAN interface can be opened on this machine" in str(answer.exception)
    assert "ip link add dev vcan0 type vcan" in str(answer.exception)


def test_the_command_needs_a_side_to_play():
    answer = CliRunner().invoke(app, ["rehearse", "--live", "virtual:x", "--protocol", "chademo-1.x"])

    assert "the sides our twins play" in str(answer.exception)
