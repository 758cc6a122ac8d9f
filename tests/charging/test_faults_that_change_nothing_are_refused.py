"""A fault that cannot happen is refused, with the nearest that can: a rehearsal in spite of it proves nothing."""

import pytest

from carnet.charging.protocol import library
from carnet.charging.rehearse import Battery, Supply, fault, fitting, playable, rehearse
from carnet.errors import BadInput

GBT = playable("gbt27930-2015", library())


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("lose", "--fault lose: gbt27930-2015 has no message ''. It has: CHM, BHM,"),
        ("lose:BCX@20", "--fault lose: gbt27930-2015 has no message 'BCX'; did you mean 'BCS'? It has: CHM,"),
        ("late:102=2@9", "--fault late: gbt27930-2015 has no message '102'. It has:"),
        ("wrong:BCL.mod=7@20", "--fault wrong: BCL has no signal 'mod'; did you mean 'mode'? It has:"),
        ("wrong:BCL.mode=999@20", "--fault wrong: the raw value 999 does not fit the 8 bits of BCL.mode (0 to 255)"),
        ("wrong:BCL.mode=-1@20", "--fault wrong: the raw value -1 does not fit the 8 bits of BCL.mode (0 to 255)"),
        ("stop@20", "--fault stop: say which side, stop:vehicle or stop:charger"),
        ("dead:grid@20", "--fault dead: say which side, dead:vehicle or dead:charger"),
    ],
)
def test_a_fault_that_cannot_happen_is_named(written, sentence):
    with pytest.raises(BadInput) as refused:
        fitting([fault(written)], GBT)

    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("written", ["lose:BCL@20", "late:CCS=2@20", "wrong:BCL.mode=7@20", "stop:vehicle@20", "hot@9"])
def test_a_fault_that_can_happen_passes(written):
    assert fitting([fault(written)], GBT) == [fault(written)]


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0, 0.0, 301.0])
def test_a_length_that_no_rehearsal_has_is_refused(seconds):
    with pytest.raises(BadInput, match="a rehearsal lasts up to 300 s of simulated time"):
        rehearse("gbt27930-2015", Battery(400, 100), Supply(500, 125), stop_after_s=seconds)
