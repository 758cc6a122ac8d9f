"""Documents of a JSON Schema made up by a seeded die: enough of the language for footprint formats."""

import json
import re
import string

import yaml

WORDS = ("Zelle", "cell 7", "äöü", "日本", "a/b", "x-1", "Line 3, hall 2")


def load(path, name=""):
    """A schema with its references put in, of a JSON Schema file or of an OpenAPI page."""
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    return _put_in(whole["components"]["schemas"][name] if name else whole, whole, 0)


def _put_in(node, whole, depth):
    if isinstance(node, dict):
        if "$ref" in node and depth < 40:
            at = whole
            for step in node["$ref"].lstrip("#/").split("/"):
                at = at[step]
            return _put_in({**at, **{k: v for k, v in node.items() if k != "$ref"}}, whole, depth + 1)
        return {k: _put_in(v, whole, depth + 1) for k, v in node.items() if k != "components"}
    return [_put_in(v, whole, depth + 1) for v in node] if isinstance(node, list) else node


def made(schema, die, often=0.6):
    """A document: all that is required, and each other field as often as said."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return die.choice(schema["enum"])
    if "allOf" in schema:
        parts = [schema, *schema["allOf"]]
        properties = {k: v for p in parts for k, v in p.get("properties", {}).items()}
        return made(
            {"properties": properties, "required": [r for p in parts for r in p.get("required", [])]}, die, often
        )
    if "properties" in schema:
        needed = set(schema.get("required", ()))
        chosen = [k for k in schema["properties"] if k in needed or die.random() < often]
        if "oneOf" in schema:  # one of several places, or none
            places = re.findall(r'"required": \["(\w+)"\]', json.dumps(schema["oneOf"]))
            keep = die.choice([*places, ""])
            chosen = [k for k in chosen if k not in places] + ([keep] if keep else [])
        return {k: made(schema["properties"][k], die, often) for k in chosen}
    if "oneOf" in schema or "anyOf" in schema:
        return made(die.choice(schema.get("oneOf") or schema["anyOf"]), die, often)
    kind = schema.get("type", "string")
    kind = next((k for k in kind if k != "null"), "string") if isinstance(kind, list) else kind
    if kind == "array":
        many = max(schema.get("minItems", 0), 1) + (die.random() < 0.3 and schema.get("maxItems", 9) > 1)
        rows = [made(schema.get("items", {}), die, often) for _ in range(many)]
        return [row for n, row in enumerate(rows) if row not in rows[:n]]
    if kind in ("number", "integer"):
        low, high = max(schema.get("minimum", 0), -1000), min(schema.get("maximum", 1000), 1000)
        value = round(low + (high - low) * (0.001 + 0.998 * die.random()), 3)
        return int(value) if kind == "integer" else value
    if kind == "boolean":
        return die.random() < 0.5
    return {} if kind == "object" else _text(schema, die)


def _text(schema, die):
    day = f"20{die.randint(10, 39)}-0{die.randint(1, 9)}-1{die.randint(0, 9)}T0{die.randint(0, 9)}:30:00Z"
    number = f"{die.randint(1, 4)}.{die.randint(0, 9)}"
    name = "".join(die.choices(string.ascii_lowercase, k=8))
    pattern = schema.get("pattern", "")
    uuid = "3893bb5d-da16-4dc1-9185-11d97476c2" + f"{die.randint(16, 99)}"
    tries = {"date-time": [day], "decimal": [number], "uri": [f"https://example.org/{name}"], "uuid": [uuid]}.get(
        schema.get("format", ""), []
    )
    tries += [
        day,
        uuid,
        f"urn:example:{name}",
        "DE-BY",
        "DE",
        "2.0.0",
        "3.0.0",
        "12345",
        "AR6",
        number,
        str(die.randint(1, 9)),
    ]
    tries += ["urn:uuid:" + uuid] if not pattern else []
    fits = [t for t in tries if re.search(pattern, t)] if pattern or schema.get("format") else []
    return fits[0] if fits else die.choice(WORDS)
