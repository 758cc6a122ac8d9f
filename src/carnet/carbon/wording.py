"""The room's answers in words for a terminal: plain tables, one line a row, numbers with their unit."""

from __future__ import annotations

from typing import Any

from .tables import Tables


def table(rows: list[list[str]]) -> str:
    """Columns aligned by their widest cell; the last one runs free."""
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]) - 1)] if rows else []
    return "\n".join("  ".join([c.ljust(w) for c, w in zip(r, widths, strict=False)] + [r[-1]]).rstrip() for r in rows)


def _n(value: float, digits: int = 4) -> str:
    return format(value, f".{digits}g") if value else "0"


def footprint_text(answer: dict[str, Any]) -> str:
    """One block per result: the number, whether it is a what-if, the interval, the stages, what to know."""
    said = []
    for row in answer["results"]:
        mark = "WHAT-IF " if row["what_if"] else ""
        said.append(
            f"{row['inventory']}  {row['method']}  {row['document']} "
            f"({row['standing'] or 'standing unknown'}, {row['read']})"
        )
        said.append(f"  {mark}{_n(row['shown'], 12)} {row['unit']}   per {row['functional_unit']}")
        i = row["interval"]
        said.append(
            f"  5 % {_n(i['p5'])}   50 % {_n(i['p50'])}   95 % {_n(i['p95'])}   ({i['draws']} draws, seed {i['seed']})"
        )
        said += [f"  because {b}" for b in row["because"]]
        whole = row["value"] or 1.0
        said.append(table([[f"    {s}", _n(v), f"{v / whole:.1%}"] for s, v in row["stages"].items()]))
        said += [
            f"  {p['threshold']}: {_n(p['limit'])} {p['unit']}, passed with probability {p['probability']:.1%}"
            for p in row["passes"]
        ]
        rating = (
            "no rating"
            if row["dqr"] is None
            else f"rating {_n(row['dqr'], 3)} on {row['dqr_scale'][0]}-{row['dqr_scale'][1]}"
        )
        said.append(f"  primary data {row['primary_data_share']:.1%}, {rating}, {len(row['factors'])} factors")
        said += [
            f"  {e['elasticity']:+.1%} per 100 % of {_n(e['amount'])} {e['unit']} {e['item']} into {e['into']}; "
            f"{e['share_of_variance']:.0%} of the variance; {_n(e['less'])} to {_n(e['more'])} within {e['by']:.0%}"
            for e in row["sensitivity"]
        ]
        said += [f"  {d['verdict']}: {d['says']}" for d in row["demands"] if d["verdict"] != "met"]
        said += [f"  default: {d['parameter']} = {d['value']}" for d in row["defaults"]]
        said += [f"  note: {n}" for n in row["notes"]]
        said.append("")
    said += [f"not computed: {m['method']}: {m['says']}" for m in answer["missing"]]
    return "\n".join(said)


def ledger_text(answer: dict[str, Any]) -> str:
    """Each ledger as a column of lines that add up to its gap."""
    said = [
        table(
            [
                [r["inventory"], r["method"], "what-if" if r["what_if"] else "", _n(r["shown"], 12), r["unit"]]
                for r in answer["results"]
            ]
        ),
        "",
    ]
    for ledger in answer["ledger"]:
        said.append(
            f"{ledger['inventory']}: {ledger['from']} -> {ledger['to']}   {ledger['unit']} ({ledger['basis']})"
        )
        rows = [[f"  {ledger['from']}", _n(ledger["first"], 9)]]
        rows += [
            [f"    {line['cause'].replace('_', ' ')}", f"{line['delta']:+.9g}"]
            for line in ledger["lines"]
            if line["delta"]
        ]
        rows += [[f"  {ledger['to']}", _n(ledger["second"], 9)], ["  gap", f"{ledger['gap']:+.9g}"]]
        said += [table(rows), ""]
    said += [f"not computed: {m['method']}: {m['says']}" for m in answer["missing"]]
    return "\n".join(said)


def rules_text(answers: list[dict[str, Any]], names: dict[str, str]) -> str:
    """By day and market: the state of each rule and what it comes to."""
    said = []
    for answer in answers:
        said.append(f"on {answer['on']}")
        for row in answer["rules"]:
            if row["state"] in ("not_applicable", "not_yet"):
                continue
            said.append(
                f"  {names.get(row['market'], row['market'])}: {row['title']}  "
                f"[{row['state']}, {row['standing'] or 'standing unknown'}{', reported, not read' * row['reported']}]"
            )
            shown = row.get("outcome") or row.get("indication") or {}
            said += [f"    {line}" for line in _lines(shown)]
            said += [f"    missing: {m}" for m in row["missing"]]
            said += [f"    ask: {a}" for a in row["asks"]]
        said.append("")
    return "\n".join(said)


def _lines(shown: dict[str, Any]) -> list[str]:
    out = []
    for key, value in shown.items():
        if isinstance(value, list):
            out += [", ".join(f"{k} {v}" for k, v in one.items() if v not in (None, "")) for one in value]
        elif isinstance(value, dict):
            out.append(f"{key}: " + ", ".join(f"{k} {v if v is not None else '?'}" for k, v in value.items()))
        else:
            out.append(f"{key.replace('_', ' ')}: {value}")
    return out


def methods_rows(tables: Tables, day: str) -> list[dict[str, Any]]:
    """Every method as a row."""
    return [
        {
            "method": m.id,
            "title": m.form.title,
            "document": m.form.document,
            "standing": m.standing(day, day),
            "what_if": m.what_if(day, day),
            "read": m.read(),
            "conflict": m.form.conflict,
            "functional_unit": m.form.functional_unit.title,
            "open": [o.parameter for o in m.form.open],
        }
        for m in sorted(tables.methods.values(), key=lambda m: m.id)
    ]


def methods_text(rows: list[dict[str, Any]]) -> str:
    shown = [
        [r["method"], r["standing"] or "unknown", r["read"], "what-if" if r["what_if"] else "", r["title"]]
        for r in rows
    ]
    return table([["method", "standing", "read", "", "title"], *shown])


def items_rows(tables: Tables, words: str) -> list[dict[str, Any]]:
    """Every factor whose id or title holds the words."""
    return [
        {
            "item": f.id,
            "region": f.region,
            "title": f.title,
            "unit": f.unit,
            "value": sum(v for _, v in f.flows) if f.flows and not f.needs else None,
            "inputs": [n.item for n in f.needs],
            "source": f.source.number,
            "read": f.source.read,
            "license": f.license,
        }
        for f in sorted(tables.factors.values(), key=lambda f: (f.id, f.region))
        if words.lower() in f"{f.id} {f.title}".lower()
    ]


def items_text(rows: list[dict[str, Any]]) -> str:
    shown = [
        [
            r["item"],
            r["region"],
            "with inputs" if r["value"] is None else f"{_n(r['value'])} kg/{r['unit']}",
            r["read"],
            r["title"],
        ]
        for r in rows
    ]
    return table([["item", "region", "emits", "read", "title"], *shown])
