"""Whether what several clients saw at the same time could have happened one after another.

A history is a list of operations, each with the moments it was called and answered. It is linearizable when the
operations can be put in one order that a simple model allows and in which nobody comes before somebody who had been
answered earlier. The search takes any operation that may come first, applies it to the model and goes on; a set of
operations that was tried with the same state is not tried again. Objects are checked one by one, which loses nothing.
Source: J. M. Wing, C. Gong, Testing and Verifying Concurrent Objects, 1993; G. Lowe, Testing for Linearizability, 2017
(cited from memory).
Reading order: Op, linearizable(), then the models.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

State = Hashable
Model = Callable[[Any, "Op"], Any]
NO = object()  # what a model says of an operation that this state does not allow


@dataclass(frozen=True)
class Op:
    """One operation of one client on one object: what was asked, what came back, and when (one clock, only growing)."""

    thing: str
    kind: str
    asked: Any
    answer: Any
    called: int
    answered: int
    client: int = 0


def linearizable(history: Sequence[Op], model: Model, start: State) -> bool:
    """Whether one order explains the answers of all operations on one object."""
    ops = sorted(history, key=lambda op: op.called)
    whole = (1 << len(ops)) - 1
    tried: set[tuple[int, State]] = set()
    open_: list[tuple[int, State]] = [(0, start)]
    while open_:
        done, state = open_.pop()
        if done == whole:
            return True
        if (done, state) in tried:
            continue
        tried.add((done, state))
        first = ~done & (done + 1)  # the bit of the earliest call that has no place yet
        end, at = None, first.bit_length() - 1
        while at < len(ops):  # whoever was called before anybody left was answered may come next
            op = ops[at]
            if end is not None and op.called > end:
                break
            if not done >> at & 1:
                end = op.answered if end is None else min(end, op.answered)
                after = model(state, op)
                if after is not NO:
                    open_.append((done | 1 << at, after))
            at += 1
    return False


def register(state: tuple[int, str], op: Op) -> Any:
    """A title with its revision: read says both, rename asks for the revision it changes from."""
    if op.kind == "read":
        return state if op.answer == state else NO
    revision, title = op.asked
    if op.answer == 200:
        return (state[0] + 1, title) if revision == state[0] else NO
    return state if op.answer == 412 and revision != state[0] else NO


def signatures(state: frozenset[tuple[str, str]], op: Op) -> Any:
    """Who decided what on a review: everybody once."""
    if op.kind == "list":
        return state if op.answer == state else NO
    person, _ = op.asked
    decided = any(name == person for name, _ in state)
    if op.answer == 201:
        return NO if decided else state | {op.asked}
    return state if op.answer == 409 and decided else NO


def talk(state: frozenset[str], op: Op) -> Any:
    """What was said: the same key says it once, however often it is sent."""
    if op.kind == "list":
        return state if op.answer == state else NO
    return state | {op.asked} if op.answer == 201 else NO


def key(state: bool, op: Op) -> Any:
    """A token: it opens until it is revoked, and never again."""
    if op.kind == "revoke":
        return False if op.answer == 204 else NO
    return state if op.answer == (200 if state else 401) else NO
