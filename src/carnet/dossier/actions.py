"""What to do next, cheapest first: questions, missing documents, listed work, failures to remedy.

The order of cost is the vocabulary's order of asking (look it up, ask the maker, ask the authority, measure, test,
approve). A question that settles more findings comes before one that settles fewer. Money and weeks are the ranges of
the steps a finding names; they are never added up here, since steps can be shared.
Reading order: Action, actions(), questions().
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..waist import Finding, Step
from ..words import EFFORTS
from .view import Board
from .wording import GRAVEST, document

WHO = {
    "look_up": "project team",
    "ask_maker": "maker",
    "ask_authority": "authority or local agent",
    "measure": "own test bench",
    "test": "laboratory or technical service",
    "approve": "approval authority or certification body",
}
_LAST = len(EFFORTS)
# What it takes to have a document that is not there yet; every other kind is the maker's to write.
_MADE_BY = {"test_report": "test", "type_approval": "approve", "certificate": "approve", "measurement": "measure"}
_DOES = {"question": "Answer", "document": "Provide", "residual": "Do", "remedy": "Remedy"}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: what, by whom, for which subjects and markets, and which findings it would settle."""

    kind: str  # question, document, residual, remedy
    what: str
    effort: str
    about: tuple[str, ...]
    markets: tuple[str, ...]
    settles: tuple[Finding, ...]
    facts: tuple[str, ...] = ()
    gravest: str = "unproven"
    steps: tuple[Step, ...] = ()

    @property
    def who(self) -> str:
        return WHO.get(self.effort, "project team")

    @property
    def does(self) -> str:
        return _DOES[self.kind]

    @property
    def cost_rank(self) -> tuple[int, int, int, str, tuple[str, ...]]:
        rank = EFFORTS.index(self.effort) if self.effort in EFFORTS else _LAST
        return rank, -len(self.settles), GRAVEST.index(self.gravest), self.what, self.about


def actions(board: Board) -> tuple[Action, ...]:
    """Everything there is to do, cheapest first."""
    found = [*questions(board), *_documents(board), *_residuals(board), *_remedies(board)]
    return tuple(sorted(found, key=lambda a: a.cost_rank))


def questions(board: Board) -> tuple[Action, ...]:
    """The questions whose answers move findings, in the order in which the review ranked them."""
    asked: dict[tuple[str, tuple[str, ...]], list[Finding]] = {}
    for finding in board.dossier.findings:
        if finding.question and finding.verdict in ("unproven", "undecided"):
            asked.setdefault((finding.question, finding.about), []).append(finding)
    found = []
    for row in board.dossier.questions:
        settles = asked.get((row["question"], tuple(row["about"])), [])
        found.append(
            Action(
                kind="question",
                what=row["question"],
                effort=row["effort"],
                about=board.key(tuple(row["about"])),
                markets=tuple(row["markets"]),
                settles=tuple(settles),
                facts=tuple(row["facts"]),
                gravest=min((f.verdict for f in settles), key=GRAVEST.index, default="unproven"),
                steps=_steps(board, settles),
            )
        )
    return tuple(found)


def _documents(board: Board) -> Iterable[Action]:
    """One action per missing or expiring document and subject, whatever number of markets want it."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for row in board.dossier.completeness:
        if row.state != "have":
            what = document(row)
            what += f" (in {row.language})" if row.language else ""
            what += f", to replace {row.evidence}" if row.state == "expires" and row.evidence else ""
            groups.setdefault((what, row.kind, board.key(row.about)), []).append(row.market)
    for (what, kinds, about), markets in groups.items():
        effort = min((_MADE_BY.get(kind, "ask_maker") for kind in kinds.split("/")), key=EFFORTS.index)
        yield Action("document", what, effort, about, tuple(dict.fromkeys(markets)), ())


def _residuals(board: Board) -> Iterable[Action]:
    groups: dict[tuple[str, tuple[str, ...]], list[Finding]] = {}
    for finding in board.dossier.findings:
        for work in finding.residual if finding.verdict == "residual" else ():
            groups.setdefault((work, board.key(finding.about)), []).append(finding)
    for (work, about), settles in groups.items():
        effort = "look_up" if work.startswith("check:") else "test"
        markets = tuple(dict.fromkeys(f.market for f in settles))
        steps = _steps(board, settles)
        yield Action("residual", work, effort, about, markets, tuple(settles), gravest="residual", steps=steps)


def _remedies(board: Board) -> Iterable[Action]:
    for finding in board.dossier.findings:
        if finding.verdict == "unmet":
            what = f"{finding.title}: {finding.because}"
            steps = _steps(board, [finding])
            yield Action(
                "remedy", what, "", board.key(finding.about), (finding.market,), (finding,), (), "unmet", steps
            )


def _steps(board: Board, findings: Iterable[Finding]) -> tuple[Step, ...]:
    """The steps of effort that findings name, quotes before estimates."""
    wanted = dict.fromkeys(e for f in findings for e in f.effort)
    return tuple(board.steps[e] for e in wanted if e in board.steps)
