"""Canonical JSON and the generic form (4)."""

from __future__ import annotations

import re
from collections.abc import Callable

from binary64 import number_to_string
from strict_json import Value
from text import normal_text, utf16_order

_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def canonical_json(value: Value) -> str:
    """RFC 8785 of the value as it is."""
    pieces: list[str] = []
    _write(value, pieces, lambda text: text)
    return "".join(pieces)


def generic_form(value: Value) -> str:
    """Canonical JSON of the value with every string value as its normal text."""
    pieces: list[str] = []
    _write(value, pieces, normal_text)
    return "".join(pieces)


def _write(value: Value, pieces: list[str], string_value: Callable[[str], str]) -> None:
    if isinstance(value, dict):
        separator = "{"
        for name in sorted(value, key=utf16_order):
            pieces += (separator, _quote(name), ":")
            _write(value[name], pieces, string_value)
            separator = ","
        pieces.append("}" if value else "{}")
    elif isinstance(value, list):
        separator = "["
        for element in value:
            pieces.append(separator)
            _write(element, pieces, string_value)
            separator = ","
        pieces.append("]" if value else "[]")
    elif isinstance(value, str):
        pieces.append(_quote(string_value(value)))
    else:
        pieces.append(_other_scalar(value))


def _other_scalar(value: None | bool | float) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_to_string(value)


def _quote(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _SHORT.get(character) or f"\\u{ord(character):04x}"
