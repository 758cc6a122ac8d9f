"""The JSON contract of a judgement as a schema: every field, its type and its words."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator


def exactly(**properties: Any) -> dict[str, Any]:
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
NUMBER = {"type": ["number", "null"]}
LINE = {"type": ["integer", "null"], "minimum": 1}
SIDE = {"enum": ["vehicle", "charger", "both", "unknown"]}
NAME = {"type": "string", "minLength": 1}

SESSION: dict[str, Any] = {
    "family": {"enum": ["gbt27930", "chademo", "ccs", "none"]},
    "generation": TEXT,
    "stages": {"type": "array", "items": exactly(name=NAME, **{"from": NUMBER, "to": NUMBER})},
    "reached": TEXT,
    "ended_by": exactly(
        side=SIDE,
        rule=NAME,
        frame=exactly(line=LINE, time=NUMBER, bytes={"type": ["string", "null"], "pattern": "^([0-9A-F]{2})*$"}),
    ),
    "responsible": SIDE,
    "confidence": {"enum": ["certain", "likely", "open"]},
    "timing": {"type": "string", "pattern": "^(judged|not possible: .+)$"},
    "values": {
        "type": "object",
        "additionalProperties": exactly(value={"type": ["number", "string"]}, unit=TEXT, line=WHOLE),
    },
    "transport": exactly(**{n: {"type": "integer", "minimum": 0} for n in ("rts", "cts", "eoma", "abort")}),
    "issues": {
        "type": "array",
        "items": exactly(level={"enum": ["violation", "tolerated", "incomplete"]}, rule=NAME, message=NAME, line=LINE),
    },
    "energy": exactly(integral_kwh=NUMBER, declared_kwh=NUMBER),
}
JUDGEMENT = exactly(
    schema={"const": "carnet/judgement/1"},
    file=NAME,
    format=NAME,
    frames={"type": "integer", "minimum": 0},
    skipped={
        "type": "array",
        "items": exactly(line={"type": "integer", "minimum": 1}, reason=NAME, count={"type": "integer", "minimum": 1}),
    },
    **SESSION,
    sessions={
        "type": "array",
        "items": exactly(
            **SESSION,
            channel=TEXT,
            start={"type": "number"},
            duration={"type": "number", "minimum": 0},
            lines={"type": "array", "items": WHOLE, "minItems": 2, "maxItems": 2},
        ),
    },
    repairs={"type": "array", "items": NAME},
    notes={"type": "array", "items": NAME},
)
VALIDATOR = Draft202012Validator(JUDGEMENT)


def check(plain: dict[str, Any]) -> None:
    """The contract holds, and the top level is one of the sessions."""
    problems = [f"{list(p.absolute_path)}: {p.message}" for p in VALIDATOR.iter_errors(plain)]
    assert not problems, problems[:3]
    shown = {name: plain[name] for name in SESSION}
    assert not plain["sessions"] or any({n: s[n] for n in SESSION} == shown for s in plain["sessions"])
