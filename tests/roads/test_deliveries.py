"""A delivery physically holds what its agreement allows, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from carnet.errors import BadInput
from carnet.ledger.keys import Signer, public_key
from carnet.ledger.log import Log, open_log
from carnet.roads.license import deliver
from carnet.roads.license.agreement import Book, agree, compare, from_object
from carnet.roads.license.deliver import (
    Ask,
    Counter,
    Denied,
    aggregate,
    plan,
    project,
    receipt,
    receipt_holds,
    serialize,
)

AT = "2026-11-21T12:00:00+00:00"
SECRET = b"a secret of the provider"
FIELDS = ("trip", "time", "segment", "offset_m", "speed_kmh")


def frames(vehicles: int = 6, steps: int = 21) -> pa.Table:
    """Every vehicle drives 2 km over segments a and b in 200 s."""
    rows: list[dict] = []
    for v in range(vehicles):
        for s in range(steps):
            along, end = s * 100.0, (steps - 1) * 100.0
            rows.append(
                {
                    "trip": f"trip-{v}", "vehicle": f"plate-{v}", "run": "secret-run", "time": 1_770_000_000 + 10 * s,
                    "segment": "a" if along < 1000 else "b", "road_class": "urban", "offset_m": along % 1000,
                    "speed_kmh": 36.0, "driven_m": 100.0, "from_start_m": along, "to_end_m": end - along,
                    "from_start_s": 10.0 * s, "to_end_s": 10.0 * (steps - 1 - s),
                }
            )  # fmt: skip
    table = pa.Table.from_pylist(rows)
    return table.set_column(3, "time", table["time"].cast(pa.timestamp("s", "UTC")))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    shelf = Book(tmp_path / "agreements")
    for name, template in (("dev", "development"), ("agg", "aggregates_only")):
        shelf.add(
            agree(
                template,
                id=name,
                provider="urn:site",
                recipient="urn:alice",
                dataset="urn:frames",
                made=AT,
                segments=("a", "b"),
            )
        )
    return shelf


def ask(**changes) -> Ask:
    return Ask(
        **({"agreement": "dev", "recipient": "urn:alice", "purposes": ("development",), "columns": FIELDS} | changes)
    )


def test_the_file_holds_only_the_fields_of_the_agreement(book: Book):
    found = project(plan(book, ask(), at=AT, meter=Counter()), frames(), SECRET)

    assert found.column_names == list(FIELDS)
    payload = serialize(found)
    for secret in (b"plate-", b"trip-0", b"secret-run", b"from_start"):
        assert secret not in payload


def test_the_ends_of_every_trip_are_missing(book: Book):
    found = project(plan(book, ask(), at=AT, meter=Counter()), frames(vehicles=1), SECRET)

    # 500 m and 60 s at 10 m/s: frames from 600 m to 1,400 m remain
    assert [r["offset_m"] + (1000 if r["segment"] == "b" else 0) for r in found.to_pylist()] == [
        600, 700, 800, 900, 1000, 1100, 1200, 1300, 1400,
    ]  # fmt: skip


def test_a_window_in_time_cannot_move_the_ends(book: Book):
    wide = project(plan(book, ask(), at=AT, meter=Counter()), frames(), SECRET)
    narrow = project(
        plan(book, ask(first_day="2026-02-02", last_day="2026-02-02"), at=AT, meter=Counter()), frames(), SECRET
    )

    assert wide.num_rows == narrow.num_rows  # the trips lie within the day; nothing reappears


def test_two_recipients_cannot_join_their_trips(book: Book):
    other = agree("development", id="dev2", provider="urn:site", recipient="urn:bob", dataset="urn:frames", made=AT)
    book.add(other)
    alice = project(plan(book, ask(), at=AT, meter=Counter()), frames(), SECRET)
    bob = project(plan(book, ask(agreement="dev2", recipient="urn:bob"), at=AT, meter=Counter()), frames(), SECRET)

    assert not set(alice["trip"].to_pylist()) & set(bob["trip"].to_pylist())
    assert len(set(alice["trip"].to_pylist())) == 6


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"columns": ("trip", "vehicle")}, "the field 'vehicle' is not part of it"),
        ({"columns": ("latitude",)}, "the field 'latitude' is not part of it"),
        ({"columns": ("from_start_m",)}, "the field 'from_start_m' is not part of it"),
        ({"recipient": "urn:mallory"}, "party is urn:alice"),
        ({"purposes": ("insurance",)}, "purpose isAnyOf"),
        ({"purposes": ()}, "is not known"),
        ({"action": "distribute"}, "action is read"),
        ({"agreement": "agg"}, "it gives no field"),
        ({"columns": ()}, "ask either for fields or for aggregates"),
    ],
)
def test_every_way_around_the_agreement_is_denied(book: Book, changes: dict, says: str):
    with pytest.raises(Denied) as found:
        plan(book, ask(**changes), at=AT, meter=Counter())

    assert says in str(found.value)


def test_an_agreement_ends_on_its_day(book: Book):
    with pytest.raises(Denied, match="dateTime"):
        plan(book, ask(), at="2027-11-21T12:00:00+00:00", meter=Counter())


def test_a_revoked_agreement_is_closed_at_the_next_look(book: Book):
    plan(book, ask(), at=AT, meter=Counter())
    book.revoke("dev", AT)

    with pytest.raises(Denied, match="revoked"):
        plan(book, ask(), at=AT, meter=Counter())


def test_a_cell_with_too_few_vehicles_does_not_exist(book: Book):
    asked = ask(agreement="agg", columns=(), aggregates=("vehicles", "kilometers"))

    few = aggregate(plan(book, asked, at=AT, meter=Counter()), frames(vehicles=9))
    many = aggregate(plan(book, asked, at=AT, meter=Counter()), frames(vehicles=10))

    assert few.num_rows == 0
    assert many.to_pylist() == [
        {"segment": "a", "day": "2026-02-02", "vehicles": 10, "kilometers": 4.0},  # 600 to 900 m: 4 frames, 100 m, 10
        {"segment": "b", "day": "2026-02-02", "vehicles": 10, "kilometers": 5.0},
    ]


def test_every_delivery_is_logged_counted_and_signed(book: Book, tmp_path: Path):
    log, file, meter, signer = Log("site"), tmp_path / "log", Counter(), Signer(b"1" * 32)
    with pytest.raises(Denied):
        plan(book, ask(purposes=("insurance",)), at=AT, meter=meter, log=log, file=file)
    allowed = plan(book, ask(), at=AT, meter=meter, log=log, file=file)
    found = project(allowed, frames(), SECRET)
    payload = serialize(found)
    signed = receipt(allowed, payload, found.num_rows, at=AT, signer=signer, log=log, file=file, meter=meter)
    again = open_log(file, "site")

    assert [e.kind for e in again.entries] == ["roads.decision", "roads.decision", "roads.delivery"]
    assert [e.body["allowed"] for e in again.entries[:2]] == [False, True]
    assert Counter.of(again).used == {"dev": {"deliveries": 1, "rows": 54, "bytes": len(payload)}}  # 6 trips, 9 frames
    assert signed["duties"] == ["attribute"]
    key = public_key(signer.issuer.removeprefix("did:key:").split("#")[0])
    assert receipt_holds(signed, payload, key)
    assert not receipt_holds(signed, payload + b"x", key)
    assert not receipt_holds({**signed, "rows": 1}, payload, key)


def test_the_last_delivery_is_the_last(book: Book):
    meter = Counter({"dev": {"deliveries": 199, "rows": 0, "bytes": 0}})
    plan(book, ask(), at=AT, meter=meter)
    meter.add("dev", 0, 0)

    with pytest.raises(Denied, match="count lteq 200"):
        plan(book, ask(), at=AT, meter=meter)


def test_two_offers_are_compared_in_words(book: Book):
    rows = compare(book.get("agg"), book.get("dev"))

    assert "Only dev gives the field speed_kmh." in rows
    assert "Aggregates need at least 10 vehicles in agg, 5 vehicles in dev." in rows
    assert "agg allows 1000 deliveries, dev 200." in rows


def test_an_agreement_is_never_overwritten_and_a_path_is_no_name(book: Book):
    with pytest.raises(BadInput, match="is there already"):
        book.add(book.get("dev"))
    with pytest.raises(BadInput, match="a name has"):
        book.get("../dev")
    with pytest.raises(BadInput, match="carnet/agreement/1"):
        from_object({**book.get("dev").object(), "extra": 1})


def test_a_delivered_dictionary_holds_no_word_of_a_row_that_was_left_out():
    column = pa.chunked_array([["a", "b", None], ["c", "a"]]).dictionary_encode()

    kept = deliver._used(column.filter(pa.array([True, False, True, False, True])))

    assert kept.to_pylist() == ["a", None, "a"]
    assert kept.dictionary.to_pylist() == ["a"]
