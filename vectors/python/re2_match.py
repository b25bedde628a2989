"""Patterns (5.6): whether a match is found in a text.

All ways through the expression are followed at once, so the time is bounded by
the length of the text times that of the program.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from re2_syntax import Assertion, Choice, Node, OneOf, Repetition, Sequence

_MOST_REMEMBERED = 20_000
_WORD = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")


@dataclass
class _Fork:
    """Goes on at each of the targets, consuming nothing."""

    targets: list[int]


@dataclass(frozen=True)
class _Found:
    pass


# OneOf and Assertion are steps as they are, and go on at the next step.
Step = OneOf | Assertion | _Fork | _Found
States = frozenset[int]


@dataclass
class Matcher:
    """A compiled expression."""

    steps: list[Step]
    assertions: frozenset[str]
    closures: dict[tuple[States, frozenset[str]], States] = field(default_factory=dict)
    moves: dict[tuple[States, str], States] = field(default_factory=dict)

    def is_found_in(self, text: str) -> bool:
        """Unanchored, by code points."""
        states: States = frozenset()
        found = len(self.steps) - 1
        for at in range(len(text) + 1):
            states = self._closure(states, self._holding(text, at))
            if found in states:
                return True
            if at < len(text):
                states = self._move(states, text[at])
        return False

    def _holding(self, text: str, at: int) -> frozenset[str]:
        """Those of the expression's assertions that hold before text[at]."""
        if not self.assertions:
            return self.assertions
        before, after = text[at - 1 : at] if at > 0 else "", text[at : at + 1]
        boundary = (before in _WORD) != (after in _WORD)
        holds = {
            "begin text": before == "",
            "end text": after == "",
            "boundary": boundary,
            "no boundary": not boundary,
        }
        return frozenset(what for what in self.assertions if holds[what])

    def _closure(self, states: States, holding: frozenset[str]) -> States:
        """All steps that are reached from the states, or the start, without consuming."""
        key = (states, holding)
        known = self.closures.get(key)
        if known is not None:
            return known
        reached: set[int] = set()
        pending = [0, *states]
        while pending:
            at = pending.pop()
            if at in reached:
                continue
            reached.add(at)
            step = self.steps[at]
            if isinstance(step, _Fork):
                pending += step.targets
            elif isinstance(step, Assertion) and step.what in holding:
                pending.append(at + 1)
        if len(self.closures) >= _MOST_REMEMBERED:
            self.closures.clear()
        self.closures[key] = frozenset(reached)
        return self.closures[key]

    def _move(self, states: States, character: str) -> States:
        key = (states, character)
        known = self.moves.get(key)
        if known is not None:
            return known
        code_point = ord(character)
        if len(self.moves) >= _MOST_REMEMBERED:
            self.moves.clear()
        self.moves[key] = frozenset(at + 1 for at in states if _takes(self.steps[at], code_point))
        return self.moves[key]


def _takes(step: Step, code_point: int) -> bool:
    return isinstance(step, OneOf) and any(a <= code_point <= b for a, b in step.ranges)


def compile_tree(tree: Node) -> Matcher:
    steps: list[Step] = []
    _emit(tree, steps)
    steps.append(_Found())
    whats = frozenset(step.what for step in steps if isinstance(step, Assertion))
    return Matcher(steps, whats)


def _emit(node: Node, steps: list[Step]) -> None:
    if isinstance(node, (OneOf, Assertion)):
        steps.append(node)
    elif isinstance(node, Sequence):
        for part in node.parts:
            _emit(part, steps)
    elif isinstance(node, Choice):
        _emit_choice(node, steps)
    else:
        _emit_repetition(node, steps)


def _emit_choice(node: Choice, steps: list[Step]) -> None:
    fork = _Fork([])
    steps.append(fork)
    leaves: list[_Fork] = []
    for option in node.options:
        fork.targets.append(len(steps))
        _emit(option, steps)
        leaves.append(_Fork([]))
        steps.append(leaves[-1])
    for leave in leaves:
        leave.targets.append(len(steps))


def _emit_repetition(node: Repetition, steps: list[Step]) -> None:
    for _ in range(node.least):
        _emit(node.part, steps)
    if node.most is None:
        fork = _Fork([len(steps) + 1])
        loop = len(steps)
        steps.append(fork)
        _emit(node.part, steps)
        steps.append(_Fork([loop]))
        fork.targets.append(len(steps))
        return
    skips: list[_Fork] = []
    for _ in range(node.most - node.least):
        skips.append(_Fork([len(steps) + 1]))
        steps.append(skips[-1])
        _emit(node.part, steps)
    for skip in skips:
        skip.targets.append(len(steps))
