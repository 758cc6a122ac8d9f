"""ecoSpold 1 and 2: one XML file, a folder or a zip of them, unit processes or systems.

Version 1 links an input to the dataset of the same number, else of the same name, place and unit; version 2 by its
activity link and product, else by its product when one dataset makes it. Groups say what an exchange is: input 4 is
nature, the other inputs are products; output 0 is the product, 4 nature, 3 waste to treat; 1 and 2 are further
products, which are refused.
Source: the formats' public schemas (remembered); read by our own code.
"""

from __future__ import annotations

from .archive import Files
from .foreign import Builder, Flow, Foreign, Product
from .markup import Node, tree

DATASETS = {"EcoSpold01": ("dataset",), "EcoSpold02": ("activityDataset", "childActivityDataset")}


def read(files: Files) -> Foreign:
    """Files -> the system; raises ValueError with a sentence that names the file."""
    builder: Builder = Builder()
    first: list[tuple[Node, int]] = []
    second: list[tuple[Node, int]] = []
    by_number: dict[str, str] = {}
    by_product: dict[str, list[str]] = {}
    for name in files.named(".xml", ".spold"):
        try:
            root = tree(files.read(name))
            if root.name != "ecoSpold":
                raise ValueError(f"its root is {root.name!r}, not ecoSpold")
            for node in root.children:
                if node.name in DATASETS["EcoSpold02"]:
                    second.append((node, _second(builder, node, by_product)))
                elif node.name in DATASETS["EcoSpold01"]:
                    first.append((node, _first(builder, node, by_number)))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    for node, column in first:
        for exchange in (e for flow in node.all("flowData") for e in flow.all("exchange")):
            _exchange_first(builder, exchange, column, by_number)
    for node, column in second:
        for data in node.all("flowData"):
            for exchange in data.all("intermediateExchange"):
                _exchange_second(builder, exchange, column, by_product)
            for exchange in data.all("elementaryExchange"):
                if exchange.first("outputGroup"):
                    flow = Flow(
                        exchange.attributes.get("elementaryExchangeId", ""),
                        exchange.words("name"),
                        exchange.words("unitName"),
                        exchange.words("compartment", "compartment"),
                    )
                    builder.emission(flow, column, _number(exchange, "amount"))
    return builder.done()


def _first(builder: Builder, node: Node, by_number: dict[str, str]) -> int:
    reference = node.first("metaInformation", "processInformation", "referenceFunction")
    geography = node.first("metaInformation", "processInformation", "geography")
    if reference is None:
        raise ValueError("a dataset has no referenceFunction")
    name, unit = reference.attributes.get("name", ""), reference.attributes.get("unit", "")
    place = geography.attributes.get("location", "") if geography else ""
    products = [e for flow in node.all("flowData") for e in flow.all("exchange") if e.words("outputGroup") == "0"]
    if len(products) > 1:
        raise ValueError(f"dataset {name!r} has {len(products)} reference products, not one")
    amount = _number(products[0], "meanValue") if products else _number(reference, "amount", 1.0)
    key = f"{name}|{place}|{unit}"
    by_number.setdefault(node.attributes.get("number", ""), key)
    return builder.process(Product(key, name, place, unit), amount)


def _exchange_first(builder: Builder, exchange: Node, column: int, by_number: dict[str, str]) -> None:
    amount, into, out = _number(exchange, "meanValue"), exchange.words("inputGroup"), exchange.words("outputGroup")
    name, unit = exchange.attributes.get("name", ""), exchange.attributes.get("unit", "")
    if into and into != "4":
        key = f"{name}|{exchange.attributes.get('location', '')}|{unit}"
        known = key if key in builder.at else by_number.get(exchange.attributes.get("number", ""), key)
        builder.input(known, column, amount, name)
    elif out == "3":
        builder.input(f"{name}|{exchange.attributes.get('location', '')}|{unit}", column, amount, name)
    elif out == "4":
        compartment = exchange.attributes.get("category", "")
        builder.emission(Flow(f"{name}|{compartment}", name, unit, compartment), column, amount)
    elif out in ("1", "2"):
        raise ValueError(f"{name!r} is made beside the reference product; allocate the dataset before you export it")


def _second(builder: Builder, node: Node, by_product: dict[str, list[str]]) -> int:
    activity = node.first("activityDescription", "activity")
    number = activity.attributes.get("id", "") if activity else ""
    name = activity.words("activityName") if activity else ""
    place = node.words("activityDescription", "geography", "shortname")
    made = [
        e
        for data in node.all("flowData")
        for e in data.all("intermediateExchange")
        if e.words("outputGroup") == "0" and _number(e, "amount") != 0
    ]
    if len(made) != 1:
        raise ValueError(f"dataset {name!r} has {len(made)} reference products, not one")
    product = made[0].attributes.get("intermediateExchangeId", "")
    by_product.setdefault(product, []).append(f"{number}_{product}")
    unit = made[0].words("unitName")
    return builder.process(Product(f"{number}_{product}", name, place, unit), _number(made[0], "amount"))


def _exchange_second(builder: Builder, exchange: Node, column: int, by_product: dict[str, list[str]]) -> None:
    product, name = exchange.attributes.get("intermediateExchangeId", ""), exchange.words("name")
    if exchange.words("outputGroup") == "0":
        return
    if exchange.words("outputGroup") and _number(exchange, "amount") != 0 and exchange.words("outputGroup") != "3":
        raise ValueError(f"{name!r} is made beside the reference product; allocate the dataset before you export it")
    link = exchange.attributes.get("activityLinkId", "")
    makes = by_product.get(product, [])
    if not link and len(makes) > 1:
        raise ValueError(f"{name!r} is made by {len(makes)} datasets and names none; export the linked system")
    builder.input(
        f"{link}_{product}" if link else makes[0] if makes else product, column, _number(exchange, "amount"), name
    )


def _number(node: Node, attribute: str, default: float | None = None) -> float:
    raw = node.attributes.get(attribute)
    if raw is None and default is not None:
        return default
    try:
        return float(raw or "")
    except ValueError:
        raise ValueError(f"{attribute} of {node.attributes.get('name') or node.words('name')!r} is no number") from None
