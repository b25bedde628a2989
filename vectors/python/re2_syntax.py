"""RE2 expressions (5.1, `pattern`): from text to a tree.

Only whether a match is found is ever asked, so groups capture nothing, and
lazy and greedy repetitions are one. What depends on tables beyond ASCII (\\p,
and letters beyond ASCII under the flag i), on bytes (\\C), or on an
implementation's limits, is not supported and is said to be so, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from re2_classes import LAST_CODE_POINT, PERL, POSIX, Ranges, UnsupportedPattern, fold, negate
from text import SIMPLE_LOWERCASE

MOST_REPETITIONS = 1000
_DEEPEST_GROUP = 100


class NotRe2(ValueError):
    """The text is no RE2 expression."""


@dataclass(frozen=True)
class OneOf:
    """One code point in one of the ranges."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Assertion:
    """`begin text`, `end text`, `begin line`, `end line`, `boundary`, `no boundary`."""

    what: str


@dataclass(frozen=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    options: tuple[Node, ...]


@dataclass(frozen=True)
class Repetition:
    part: Node
    least: int
    most: int | None


Node = OneOf | Assertion | Sequence | Choice | Repetition


@dataclass(frozen=True)
class Expression:
    tree: Node
    # Code points outside of escapes, group names and flags that step 2 of
    # section 3 would change.
    changed_by_step_2: tuple[str, ...]


@dataclass(frozen=True)
class _Flags:
    i: bool = False
    m: bool = False
    s: bool = False
    U: bool = False


@dataclass
class _Group:
    """A group that is being read: the options before, and the last one so far."""

    outer_flags: _Flags
    options: list[Node] = field(default_factory=list)
    parts: list[Node] = field(default_factory=list)

    def tree(self) -> Node:
        last = Sequence(tuple(self.parts))
        return Choice((*self.options, last)) if self.options else last


_CONTROLS = {"a": 0x07, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09, "v": 0x0B}
_ASSERTIONS = {"A": "begin text", "z": "end text", "b": "boundary", "B": "no boundary"}
_OCTAL, _DECIMAL, _HEX = "01234567", "0123456789", "0123456789abcdefABCDEF"


@dataclass
class _Parser:
    pattern: str
    at: int = 0
    flags: _Flags = _Flags()
    groups: list[_Group] = field(default_factory=lambda: [_Group(_Flags())])
    names: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)
    after_repetition: bool = False

    def parse(self) -> Expression:
        while self.at < len(self.pattern):
            if self._repetition():
                continue
            self.after_repetition = False
            self._atom(self._next())
        if len(self.groups) != 1:
            raise NotRe2("a group without its end")
        return Expression(self.groups[0].tree(), tuple(self.changed))

    # Characters of the pattern

    def _starts(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def _take(self, text: str) -> bool:
        if not self._starts(text):
            return False
        self.at += len(text)
        return True

    def _next(self) -> str:
        if self.at == len(self.pattern):
            raise NotRe2("the expression ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def _while(self, allowed: str, most: int | None = None) -> str:
        start = self.at
        end = len(self.pattern) if most is None else min(len(self.pattern), start + most)
        while self.at < end and self.pattern[self.at] in allowed:
            self.at += 1
        return self.pattern[start : self.at]

    def _literal(self, character: str) -> int:
        """Notes a code point that stands for itself."""
        if ord(character) in SIMPLE_LOWERCASE:
            self.changed.append(character)
        return ord(character)

    # Atoms

    def _add(self, node: Node) -> None:
        self.groups[-1].parts.append(node)

    def _add_ranges(self, ranges: Ranges) -> None:
        self._add(OneOf(tuple(sorted(ranges))))

    def _folded(self, ranges: Ranges) -> Ranges:
        return fold(ranges) if self.flags.i else ranges

    def _add_code_point(self, code_point: int) -> None:
        self._add_ranges(self._folded([(code_point, code_point)]))

    def _atom(self, character: str) -> None:
        if character == "(":
            self._open()
        elif character == ")":
            self._close()
        elif character == "|":
            group = self.groups[-1]
            group.options.append(Sequence(tuple(group.parts)))
            group.parts = []
        elif character == "^":
            self._add(Assertion("begin line" if self.flags.m else "begin text"))
        elif character == "$":
            self._add(Assertion("end line" if self.flags.m else "end text"))
        elif character == ".":
            self._add_ranges(negate([] if self.flags.s else [(0x0A, 0x0A)]))
        elif character == "[":
            self._add_ranges(self._class())
        elif character == "\\":
            self._escaped_atom()
        else:
            self._add_code_point(self._literal(character))

    def _open(self) -> None:
        if len(self.groups) > _DEEPEST_GROUP:
            raise UnsupportedPattern(f"groups nested more than {_DEEPEST_GROUP} deep")
        outer_flags = self.flags
        if self._take("?"):
            if self._take("P<") or self._take("<"):
                self._group_name()
            elif not self._group_flags():
                return
        self.groups.append(_Group(outer_flags))

    def _group_name(self) -> None:
        end = self.pattern.find(">", self.at)
        name = self.pattern[self.at : end] if end >= 0 else ""
        if not name.isascii():
            raise UnsupportedPattern("a group name beyond ASCII")
        if not name.replace("_", "a").isalnum():
            raise NotRe2("a group name that is none")
        if name in self.names:
            raise UnsupportedPattern("a group name that comes twice: RE2s differ on it")
        self.names.add(name)
        self.at = end + 1

    def _group_flags(self) -> bool:
        """Reads flags up to `:` (a group follows: true) or `)` (false)."""
        flags, value, seen = dict(vars(self.flags)), True, True
        while True:
            character = self._next()
            if character in flags:
                flags[character], seen = value, True
            elif character == "-" and value:
                value, seen = False, False
            elif character in ":)" and seen:
                self.flags = _Flags(**flags)
                return character == ":"
            else:
                raise NotRe2("flags that are none")

    def _close(self) -> None:
        if len(self.groups) == 1:
            raise NotRe2("an end without its group")
        group = self.groups.pop()
        self.flags = group.outer_flags
        self._add(group.tree())

    def _escaped_atom(self) -> None:
        if self._take("Q"):
            # What is quoted is no escape: its code points stand for themselves.
            end = self.pattern.find("\\E", self.at)
            quoted = self.pattern[self.at :] if end < 0 else self.pattern[self.at : end]
            self.at = len(self.pattern) if end < 0 else end + 2
            for character in quoted:
                self._add_code_point(self._literal(character))
            return
        if self._starts("C"):
            raise UnsupportedPattern("\\C is a byte, not a code point")
        for letter, what in _ASSERTIONS.items():
            if self._take(letter):
                self._add(Assertion(what))
                return
        named = self._perl_class()
        if named is not None:
            self._add_ranges(named)
        else:
            self._add_code_point(self._escape())

    def _perl_class(self) -> Ranges | None:
        """After a backslash: d, D, s, S, w, W."""
        if self._starts("p") or self._starts("P"):
            raise UnsupportedPattern("\\p: no version of Unicode is specified for it")
        letter = self.pattern[self.at : self.at + 1]
        ranges = PERL.get(letter.lower())
        if ranges is None:
            return None
        self.at += 1
        return self._folded(ranges) if letter.islower() else negate(self._folded(ranges))

    def _escape(self) -> int:
        """After a backslash: one code point."""
        character = self._next()
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character in _OCTAL:
            more = self._while(_OCTAL, 2)
            if character != "0" and more == "":
                raise NotRe2("a reference back")
            return int(character + more, 8)
        if character == "x":
            return self._hex()
        if character.isascii() and not character.isalnum():
            return ord(character)
        raise NotRe2(f"an unknown escape \\{character}")

    def _hex(self) -> int:
        if self._take("{"):
            digits = self._while(_HEX)
            if digits == "" or not self._take("}") or int(digits[-7:], 16) > LAST_CODE_POINT:
                raise NotRe2("\\x{ that gives no code point")
            if digits[:-7].strip("0"):
                raise NotRe2("\\x{ that gives no code point")
            return int(digits[-7:], 16)
        digits = self._while(_HEX, 2)
        if len(digits) != 2:
            raise NotRe2("\\x without two hex digits")
        return int(digits, 16)

    # Classes in brackets

    def _class(self) -> Ranges:
        negated = self._take("^")
        ranges: Ranges = []
        first = True
        while first or not self._starts("]"):
            ranges += self._class_part()
            first = False
        self.at += 1
        return negate(ranges) if negated else ranges

    def _class_part(self) -> Ranges:
        posix = self._posix_class()
        if posix is not None:
            return posix
        if self._starts("\\"):
            self.at += 1
            named = self._perl_class()
            if named is not None:
                return named
            self.at -= 1
        first = last = self._class_code_point()
        if self._starts("-") and not self._starts("-]"):
            self.at += 1
            last = self._class_code_point()
        if last < first:
            raise NotRe2("a range that runs backwards")
        return self._folded([(first, last)])

    def _posix_class(self) -> Ranges | None:
        end = self.pattern.find(":]", self.at + 2)
        if not self._starts("[:") or end < 0:
            return None
        name = self.pattern[self.at + 2 : end]
        ranges = POSIX.get(name.removeprefix("^"))
        if ranges is None:
            raise NotRe2(f"an unknown class [:{name}:]")
        self.at = end + 2
        folded = self._folded(ranges)
        return negate(folded) if name.startswith("^") else folded

    def _class_code_point(self) -> int:
        character = self._next()
        return self._escape() if character == "\\" else self._literal(character)

    # Repetitions

    def _repetition(self) -> bool:
        """Reads a repetition, if one stands here, of the part before it."""
        start = self.at
        bounds = self._bounds()
        if bounds is None:
            self.at = start
            return False
        parts = self.groups[-1].parts
        if not parts or self.after_repetition:
            raise NotRe2("a repetition of nothing, or of a repetition")
        self._take("?")
        self.after_repetition = True
        part = Repetition(parts.pop(), *bounds)
        if max(part.least, part.most or 0) >= 2 and not _within(part, MOST_REPETITIONS):
            raise NotRe2("too many repetitions")
        parts.append(part)
        return True

    def _bounds(self) -> tuple[int, int | None] | None:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        character = self._next()
        if character in simple:
            return simple[character]
        if character != "{":
            return None
        least = self._while(_DECIMAL)
        most = self._while(_DECIMAL) if self._take(",") else least
        if not _is_count(least) or not (most == "" or _is_count(most)) or not self._take("}"):
            return None  # not a repetition: `{` stands for itself
        if len(least) > 4 or len(most) > 4:
            raise NotRe2("too many repetitions")
        low, high = int(least), int(most) if most else None
        if low > MOST_REPETITIONS or (high is not None and not low <= high <= MOST_REPETITIONS):
            raise NotRe2("too many repetitions, or most below least")
        return low, high


def _is_count(digits: str) -> bool:
    return digits == "0" or (digits != "" and digits[0] != "0")


def _within(node: Node, budget: int) -> bool:
    """Whether nested counted repetitions multiply to no more than the budget."""
    if isinstance(node, Repetition):
        count = node.least if node.most is None else node.most
        if count > budget:
            return False
        return _within(node.part, budget // count if count > 0 else budget)
    if isinstance(node, Sequence):
        return all(_within(part, budget) for part in node.parts)
    if isinstance(node, Choice):
        return all(_within(option, budget) for option in node.options)
    return True


def parse(pattern: str) -> Expression:
    """Raises NotRe2 or UnsupportedPattern."""
    return _Parser(pattern).parse()
