"""Patterns (5.6): from text to a tree, and the measures that bound them.

Only whether a match is found is ever asked, so groups capture nothing, and
lazy and greedy repetitions are one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from re2_classes import LAST_CODE_POINT, PERL, POSIX, Ranges, negate
from text import SIMPLE_LOWERCASE

LONGEST_PATTERN = 1024  # UTF-16 code units
LARGEST_PATTERN = 1000
DEEPEST_GROUP = 100


class NotAPattern(ValueError):
    """The text is no pattern."""


@dataclass(frozen=True)
class OneOf:
    """One code point in one of the ranges."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Assertion:
    """`begin text`, `end text`, `boundary`, `no boundary`."""

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
    # Code points written as themselves that step 2 of section 3 would change.
    changed_by_step_2: tuple[str, ...]


_CONTROLS = {"f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09, "v": 0x0B}
_ASSERTIONS = {
    "^": "begin text",
    "$": "end text",
    "\\A": "begin text",
    "\\z": "end text",
    "\\b": "boundary",
    "\\B": "no boundary",
}
_SIMPLE_REPETITIONS: dict[str, tuple[int, int | None]] = {
    "*": (0, None),
    "+": (1, None),
    "?": (0, 1),
}
_DECIMAL, _HEX = "0123456789", "0123456789abcdefABCDEF"
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


@dataclass
class _Parser:
    pattern: str
    at: int = 0
    changed: list[str] = field(default_factory=list)

    def parse(self) -> Expression:
        if len(self.pattern.encode("utf-16-le")) > 2 * LONGEST_PATTERN:
            raise NotAPattern("too long")
        tree, size = self._alternatives(0)
        if self.at < len(self.pattern):
            raise NotAPattern("an end without its group")
        if size > LARGEST_PATTERN:
            raise NotAPattern("too large")
        return Expression(tree, tuple(self.changed))

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
            raise NotAPattern("the pattern ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def _while(self, allowed: str) -> str:
        start = self.at
        while self.at < len(self.pattern) and self.pattern[self.at] in allowed:
            self.at += 1
        return self.pattern[start : self.at]

    def _itself(self, character: str) -> int:
        """Notes a code point that is written as itself."""
        if ord(character) in SIMPLE_LOWERCASE:
            self.changed.append(character)
        return ord(character)

    # The grammar. What reads a part gives its tree and its size.

    def _alternatives(self, groups: int) -> tuple[Node, int]:
        option, size = self._branch(groups)
        options = [option]
        while self._take("|"):
            option, one_size = self._branch(groups)
            options.append(option)
            size += 1 + one_size
        return (option if len(options) == 1 else Choice(tuple(options))), size

    def _branch(self, groups: int) -> tuple[Node, int]:
        parts: list[Node] = []
        size = 0
        while self.at < len(self.pattern) and self.pattern[self.at] not in ")|":
            part, part_size = self._piece(groups)
            parts.append(part)
            size += part_size
        return Sequence(tuple(parts)), max(size, 1)

    def _piece(self, groups: int) -> tuple[Node, int]:
        if self._take("(?:") or self._take("("):
            part, size = self._group(groups + 1)
        else:
            part, size = self._atom(), 1
        bounds = self._bounds()
        if bounds is None:
            return part, size
        self._take("?")
        least, most = bounds
        times = least if most is None else most
        return Repetition(part, least, most), (size + 1) * max(times, 1)

    def _group(self, groups: int) -> tuple[Node, int]:
        if groups > DEEPEST_GROUP:
            raise NotAPattern(f"groups nested more than {DEEPEST_GROUP} deep")
        tree, size = self._alternatives(groups)
        if not self._take(")"):
            raise NotAPattern("a group without its end")
        return tree, size + 2

    def _bounds(self) -> tuple[int, int | None] | None:
        """A repetition, if one stands here, without its lazy mark."""
        for character, bounds in _SIMPLE_REPETITIONS.items():
            if self._take(character):
                return bounds
        if not self._take("{"):
            return None
        least = most = self._count()
        if self._take(","):
            most = None if self._starts("}") else self._count()
        if not self._take("}"):
            raise NotAPattern("a { that begins no repetition")
        if most is not None and most < least:
            raise NotAPattern("at most less than at least")
        return least, most

    def _count(self) -> int:
        digits = self._while(_DECIMAL)
        if digits == "" or len(digits) > 4 or (digits[0] == "0" and digits != "0"):
            raise NotAPattern("a count that is none")
        return int(digits)

    def _atom(self) -> Node:
        for written, what in _ASSERTIONS.items():
            if self._take(written):
                return Assertion(what)
        if self._take("."):
            return OneOf(tuple(negate([(0x0A, 0x0A)])))
        if self._take("["):
            return OneOf(tuple(sorted(self._class())))
        named = self._perl_class()
        if named is not None:
            return OneOf(tuple(named))
        if self.pattern[self.at] in "{*+?":
            raise NotAPattern("a repetition of nothing, or of a repetition")
        code_point = self._point()
        return OneOf(((code_point, code_point),))

    def _perl_class(self) -> Ranges | None:
        for letter, ranges in PERL.items():
            if self._take("\\" + letter):
                return ranges
            if self._take("\\" + letter.upper()):
                return negate(ranges)
        return None

    def _point(self) -> int:
        """One code point, as itself or by an escape."""
        character = self._next()
        return self._escape() if character == "\\" else self._itself(character)

    def _escape(self) -> int:
        character = self._next()
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character == "x":
            return self._hex()
        if character in _PUNCTUATION:
            return ord(character)
        raise NotAPattern(f"an escape that is none: \\{character}")

    def _hex(self) -> int:
        if not self._take("{"):
            digits = self._next() + self._next()
            if not all(digit in _HEX for digit in digits):
                raise NotAPattern("\\x without two hex digits")
            return int(digits, 16)
        digits = self._while(_HEX)
        if not 1 <= len(digits) <= 6 or not self._take("}"):
            raise NotAPattern("\\x{ without one to six hex digits and }")
        code_point = int(digits, 16)
        if code_point > LAST_CODE_POINT or 0xD800 <= code_point <= 0xDFFF:
            raise NotAPattern("\\x{ of no code point of a text")
        return code_point

    # Classes in brackets

    def _class(self) -> Ranges:
        negated = self._take("^")
        ranges: Ranges = [(0x2D, 0x2D)] if self._take("-") else []
        while not self._take("]"):
            if self._take("-]"):
                ranges.append((0x2D, 0x2D))
                break
            ranges += self._class_member()
        if not ranges:
            raise NotAPattern("an empty class")
        return negate(ranges) if negated else ranges

    def _class_member(self) -> Ranges:
        if self._take("[:"):
            return self._posix_class()
        named = self._perl_class()
        if named is not None:
            return named
        first = last = self._class_point()
        if self._starts("-") and not self._starts("-]"):
            self.at += 1
            last = self._class_point()
        if last < first:
            raise NotAPattern("a range that runs backwards")
        return [(first, last)]

    def _posix_class(self) -> Ranges:
        negated = self._take("^")
        for name, ranges in POSIX.items():
            if self._take(name + ":]"):
                return negate(ranges) if negated else ranges
        raise NotAPattern("[: without the name of a class and :]")

    def _class_point(self) -> int:
        if self._starts("[") or self._starts("-") or self._starts("]"):
            raise NotAPattern("[, ] or - in a class, as itself")
        return self._point()


def parse(pattern: str) -> Expression:
    """Raises NotAPattern."""
    return _Parser(pattern).parse()
