"""Road data in the browser: the network as a drawing, what was driven, who may have what, and what was delivered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response

from ...chapter import Chapter, Figure, Part
from ...errors import CarnetError
from ..server.policy import decide
from ..server.problems import Refusal
from ..server.sharing import base_of
from .shell import House, Sender, Visitor, render, seen

router = APIRouter()
Text = Annotated[str, Query(max_length=100)]
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Field = Annotated[str, Form(max_length=200)]
SHOWN = 20


@router.get("/roads")
def roads_page(
    request: Request, exchange: House, who: Visitor, network: Text = "", first: Day = "", last: Day = ""
) -> Response:
    """One network of the organization's, with agreements and deliveries for those who may see them."""
    return _page(request, exchange, who, network, first, last)


def _page(
    request: Request, exchange: House, who: Any, network: str, first: str = "", last: str = "", made: Any = None
) -> Response:
    from ...roads.coverage import coverage
    from ...roads.license.agreement import templates

    _, lake = exchange.lakes.mine(who, "road.read")
    names = lake.networks()
    if network and network not in names:
        raise Refusal("not-found", "there is no such network here")
    chosen, chapter = network or next(iter(names), ""), None
    whole = who.role != "partner"
    if chosen:
        try:
            found = coverage(lake, chosen, first, last)
            chapter = Chapter("roads", chosen, _lead(found), tuple(_parts(exchange, lake, chosen, found, whole=whole)))
        except (CarnetError, ValueError) as error:
            raise Refusal("bad-input", str(error)) from None
    inside = decide(who, "agreement.read") == "yes"
    return render(
        request, "roads.html.jinja", who, names=names, chosen=chosen, first=first, last=last, chapter=chapter,
        agreements=exchange.lakes.listed(lake) if inside else [], inside=inside, made=made,
        deliveries=exchange.lakes.deliveries(who)[:SHOWN] if inside else [],
        templates=[(name, row.title, row.means) for name, row in templates().items()],
    )  # fmt: skip


def _lead(found: dict[str, Any]) -> str:
    return f"{found['observed_km']:,.3f} / {found['network_km']:,.3f} km"


def _parts(exchange: Any, lake: Any, name: str, found: dict[str, Any], *, whole: bool) -> Iterator[Part]:
    """What the room shows of a network; a partner sees pictures, not the recordings by their names."""
    from ...roads.chapter import data

    for part in data(name, lake, found, exchange.desk.catalog):
        if whole or isinstance(part, Figure):
            yield part


@router.post("/roads/agreements")
def agree(
    request: Request, exchange: House, who: Sender, id: Field, template: Field, recipient: Field, dataset: Field,
    first_day: Field = "", last_day: Field = "", purpose: Field = "research",
) -> Response:  # fmt: skip
    """Make an agreement and show its profile once."""
    from ..server.roads import NewAgreement
    from ..server.sharing import PURPOSE

    exchange.may(who, "agreement.write")
    given = {"id": id, "template": template, "recipient": recipient, "dataset": dataset}
    given |= {"first_day": first_day, "last_day": last_day}
    try:
        new = NewAgreement.model_validate(given)
    except ValueError:
        raise Refusal(
            "bad-input", "an agreement's name has lower-case letters, digits, dots and hyphens; days are 2026-11-21"
        ) from None
    if not PURPOSE.fullmatch(purpose):
        raise Refusal("bad-input", "a purpose is one word such as research")
    exchange.lakes.agree(who, new.model_dump(exclude_none=True), "")
    profile = exchange.lakes.profile(who, id, purpose, base_of(exchange, request))
    return _page(request, exchange, who, dataset, made={"id": id, "profile": profile})


@router.post("/roads/agreements/{id}/revoke")
def revoke(exchange: House, who: Sender, id: str) -> Response:
    """Close an agreement for ever."""
    exchange.lakes.revoke(who, id)
    return seen("/roads#agreements")
