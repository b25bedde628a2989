"""Classes of code points in RE2 expressions, as ranges."""

from __future__ import annotations

Ranges = list[tuple[int, int]]

LAST_CODE_POINT = 0x10FFFF


class UnsupportedPattern(Exception):
    """An expression that this implementation cannot judge."""


DIGIT: Ranges = [(0x30, 0x39)]
WORD: Ranges = [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)]
SPACE: Ranges = [(0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)]
PERL = {"d": DIGIT, "s": SPACE, "w": WORD}
POSIX: dict[str, Ranges] = {
    "alnum": [(0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)],
    "alpha": [(0x41, 0x5A), (0x61, 0x7A)],
    "ascii": [(0x00, 0x7F)],
    "blank": [(0x09, 0x09), (0x20, 0x20)],
    "cntrl": [(0x00, 0x1F), (0x7F, 0x7F)],
    "digit": DIGIT,
    "graph": [(0x21, 0x7E)],
    "lower": [(0x61, 0x7A)],
    "print": [(0x20, 0x7E)],
    "punct": [(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)],
    "space": [(0x09, 0x0D), (0x20, 0x20)],
    "upper": [(0x41, 0x5A)],
    "word": WORD,
    "xdigit": [(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)],
}


def negate(ranges: Ranges) -> Ranges:
    result: Ranges = []
    start = 0
    for first, last in sorted(ranges):
        if first > start:
            result.append((start, first - 1))
        start = max(start, last + 1)
    if start <= LAST_CODE_POINT:
        result.append((start, LAST_CODE_POINT))
    return result


def fold(ranges: Ranges) -> Ranges:
    """The ranges and what differs from them by case alone; ASCII only."""
    result = list(ranges)
    for first, last in ranges:
        if last > 0x7F:
            raise UnsupportedPattern("the flag i with a code point beyond ASCII")
        for code_point in range(first, last + 1):
            character = chr(code_point)
            if character.isalpha():
                result += [(ord(c), ord(c)) for c in (character.lower(), character.upper())]
            if character in "kK":
                result.append((0x212A, 0x212A))
            if character in "sS":
                result.append((0x017F, 0x017F))
    return result
