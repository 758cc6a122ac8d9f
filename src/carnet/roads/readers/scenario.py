"""OpenSCENARIO files: who takes part, on which road, and which events wait for which triggers.

Events are read as they are declared, with parameters filled in where the file gives their value. Catalogs and
controllers are named, not followed. Reading order: Scenario, read_scenario().
Source: ASAM OpenSCENARIO XML 1.x (remembered).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..network.opendrive import document

MOST_EVENTS = 100_000


@dataclass
class Scenario:
    """One file as plain rows."""

    id: str
    edition: str
    description: str
    road: str
    digest: str
    parameters: dict[str, str] = field(default_factory=dict)
    entities: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def object(self) -> dict[str, Any]:
        """Plain data with its schema."""
        return {"schema": "carnet/scenario/1", **{k: getattr(self, k) for k in self.__dataclass_fields__}}


def read_scenario(path: Path) -> Scenario:
    """The events of a scenario; raises BadInput when the file is no OpenSCENARIO."""
    tree, digest = document(path, "OpenSCENARIO")
    header = tree.find("FileHeader")
    found = Scenario(path.stem, "", "", "", digest)
    if header is None:
        found.refused.append(("FileHeader", "is missing: the edition is unknown"))
    else:
        found.edition = f"{header.get('revMajor', '?')}.{header.get('revMinor', '?')}"
        found.description = header.get("description", "")
    for row in tree.iterfind("./ParameterDeclarations/ParameterDeclaration"):
        found.parameters[row.get("name", "")] = row.get("value", "")
    road = tree.find("./RoadNetwork/LogicFile")
    found.road = _filled(road.get("filepath", ""), found) if road is not None else ""
    found.entities = [o.get("name", "") for o in tree.iterfind("./Entities/ScenarioObject")]
    for story in tree.iterfind("./Storyboard/Story"):
        for act in story.iterfind("Act"):
            for maneuver in act.iterfind("ManeuverGroup/Maneuver"):
                for event in maneuver.iterfind("Event"):
                    if len(found.events) >= MOST_EVENTS:
                        found.refused.append((f"Story {story.get('name')}", f"more than {MOST_EVENTS:,} events"))
                        return found
                    found.events.append(_event(event, story, act, maneuver, found))
    return found


def _event(event: Any, story: Any, act: Any, maneuver: Any, scenario: Scenario) -> dict[str, Any]:
    triggers = []
    for condition in event.iterfind("./StartTrigger/ConditionGroup/Condition"):
        kinds = [
            e.tag
            for e in condition.iter()
            if isinstance(e.tag, str) and e.tag.endswith("Condition") and e is not condition
        ]
        values = {
            k: _filled(v, scenario)
            for e in condition.iter()
            if e.tag in kinds
            for k, v in e.attrib.items()
            if k in ("value", "rule", "freespace", "entityRef", "storyboardElementRef", "state")
        }
        triggers.append({"name": condition.get("name", ""), "kind": kinds[-1] if kinds else "", **values})
    actions = [
        {"name": action.get("name", ""), "kind": [e.tag for e in action.iter() if isinstance(e.tag, str)][-1]}
        for action in event.iterfind("Action")
    ]
    return {
        "story": story.get("name", ""),
        "act": act.get("name", ""),
        "maneuver": maneuver.get("name", ""),
        "event": event.get("name", ""),
        "priority": event.get("priority", ""),
        "triggers": triggers,
        "actions": actions,
    }


def _filled(text: str, scenario: Scenario) -> str:
    """A text with its parameter filled in; expressions stay as written."""
    return scenario.parameters.get(text[1:], text) if text.startswith("$") else text
