"""No output shows a vehicle identification number or a SIM card number."""

import json

from carnet.charging.codec import encode, frames_of
from carnet.charging.judge import judge
from carnet.charging.judgement import mask
from carnet.charging.protocol import library
from carnet.charging.report import human, junit, markdown, page, sarif

from .sessions import log, session

VIN = "LTESTVEHICLE12345".replace("I", "1")[:17]


def test_a_vehicle_number_on_the_bus_is_stars_in_every_output(tmp_path):
    table = library().protocol("gbt27930-2015")
    r = session()
    payload = encode(table, "BRM", {"version_major": 1, "version_minor": 1, "vin": VIN, "capacity": 100.0})
    data = frames_of(table, "BRM", payload)[1:]
    parts = iter(data)
    spot = [n for n, (_, i, d) in enumerate(r.frames) if i == data[0][0]][: len(data)]
    for n in spot:
        r.frames[n] = (r.frames[n][0], *next(parts))
    path = log(tmp_path, r, f"{VIN}.log")

    judgement = judge(path)

    assert judgement.session.values["BRM.vin"]["value"] == "*" * 17
    for text in (
        json.dumps(judgement.plain()),
        human(judgement),
        page(judgement),
        sarif([judgement], "0"),
        markdown([judgement]),
        junit([judgement]),
    ):
        assert VIN not in text
        assert VIN.encode().hex().upper() not in text.upper()


def test_numbers_in_text_are_masked_and_words_are_not():
    assert mask("log of LSVAA4182E2123456.csv") == f"log of {'*' * 17}.csv"
    assert mask("card 89860012345678901234") == f"card {'*' * 20}"
    assert mask("frame 1826F456 at 1703560121.247259") == "frame 1826F456 at 1703560121.247259"
