"""Normal text (3), UTF-16 order and transient text (5.4)."""

from __future__ import annotations

import re

from lowercase_16 import RUNS

# White_Space of Unicode 16.0.0, as section 3 lists it.
WHITE_SPACE = "".join(
    chr(code_point)
    for first, last in (
        (0x0009, 0x000D),
        (0x0020, 0x0020),
        (0x0085, 0x0085),
        (0x00A0, 0x00A0),
        (0x1680, 0x1680),
        (0x2000, 0x200A),
        (0x2028, 0x2029),
        (0x202F, 0x202F),
        (0x205F, 0x205F),
        (0x3000, 0x3000),
    )
    for code_point in range(first, last + 1)
)

SIMPLE_LOWERCASE: dict[int, int] = {
    code_point: code_point + distance
    for first, last, step, distance in RUNS
    for code_point in range(first, last + 1, step)
}

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_OFFSET = r"(?:z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_DATE_TIME = re.compile(f"{_DATE}[t ]{_TIME}{_OFFSET}")


def normal_text(text: str) -> str:
    """Section 3: trimmed, then lowercased code point by code point."""
    return text.strip(WHITE_SPACE).translate(SIMPLE_LOWERCASE)


def utf16_order(text: str) -> bytes:
    """A sort key: big-endian bytes compare as the code units do."""
    return text.encode("utf-16-be")


def is_transient(normal: str) -> bool:
    """5.4, of a normal text."""
    return _UUID.fullmatch(normal) is not None or _DATE_TIME.fullmatch(normal) is not None
