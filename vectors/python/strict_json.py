"""Strict JSON (1.1) with the depth and size of values (1.3).

One loop over the bytes with a stack of its own: linear, and no depth exhausts
anything but memory. The values are Python's None, bool, float, str, list, dict.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Union

from binary64 import DoesNotSurvive, read_number

Value = Union[None, bool, float, str, "list[Value]", "dict[str, Value]"]

_WHITE_SPACE = re.compile(rb"[ \t\n\r]*")
_STRING = re.compile(
    rb'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*"'
)
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LITERAL = re.compile(rb"null|true|false")
_LITERALS: dict[bytes, Value] = {b"null": None, b"true": True, b"false": False}

_PAIR = r"\\u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})"
_ESCAPE = re.compile(_PAIR + r"|\\u([0-9A-Fa-f]{4})|\\(.)")
_SHORT = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class NotStrictJson(ValueError):
    """The bytes are not a strict JSON text."""


@dataclass(frozen=True)
class Received:
    """A value, its depth, and where its bytes stand: from start up to end."""

    value: Value
    depth: int
    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class StrictText:
    """The one value of a text and, if it is an object, each of its members."""

    root: Received
    members: dict[str, Received]


@dataclass
class _Open:
    """An array or object that is being read."""

    container: list[Value] | dict[str, Value]
    start: int
    depth: int = 1
    name: str = ""


@dataclass
class _Reader:
    data: bytes
    at: int = 0
    stack: list[_Open] = field(default_factory=list)
    members: dict[str, Received] = field(default_factory=dict)

    def read(self) -> StrictText:
        self._skip_white_space()
        while True:
            received = self._begin_value()
            while received is not None:
                if not self.stack:
                    self._skip_white_space()
                    if self.at != len(self.data):
                        raise NotStrictJson(f"something follows the value, at byte {self.at}")
                    return StrictText(received, self.members)
                received = self._add(received)

    def _begin_value(self) -> Received | None:
        """Reads a scalar or an empty container; or opens one, and gives None."""
        start = self.at
        head = self.data[start : start + 1]
        if head == b"{" or head == b"[":
            self.at += 1
            self._skip_white_space()
            self.stack.append(_Open({} if head == b"{" else [], start))
            if self._take(b"}" if head == b"{" else b"]"):
                return self._close()
            if head == b"{":
                self._read_name()
            return None
        return Received(self._scalar(head), 0, start, self.at)

    def _add(self, received: Received) -> Received | None:
        """Adds a value to what is open; gives that if it ends here."""
        top = self.stack[-1]
        top.depth = max(top.depth, received.depth + 1)
        if isinstance(top.container, dict):
            top.container[top.name] = received.value
            if len(self.stack) == 1:
                self.members[top.name] = received
        else:
            top.container.append(received.value)
        self._skip_white_space()
        if self._take(b","):
            self._skip_white_space()
            if isinstance(top.container, dict):
                self._read_name()
            return None
        if self._take(b"}" if isinstance(top.container, dict) else b"]"):
            return self._close()
        raise NotStrictJson(f"neither a comma nor an end, at byte {self.at}")

    def _close(self) -> Received:
        done = self.stack.pop()
        return Received(done.container, done.depth, done.start, self.at)

    def _read_name(self) -> None:
        top = self.stack[-1]
        name = self._string()
        if name in top.container:
            raise NotStrictJson(f"a second member of one name, at byte {self.at}")
        top.name = name
        self._skip_white_space()
        if not self._take(b":"):
            raise NotStrictJson(f"no colon, at byte {self.at}")
        self._skip_white_space()

    def _scalar(self, head: bytes) -> Value:
        if head == b'"':
            return self._string()
        literal = self._match(_LITERAL)
        if literal is not None:
            return _LITERALS[literal]
        token = self._match(_NUMBER)
        if token is None:
            raise NotStrictJson(f"no value, at byte {self.at}")
        try:
            return read_number(token.decode("ascii"))
        except DoesNotSurvive as fault:
            raise NotStrictJson(f"a number that does not survive binary64: {fault}") from fault

    def _string(self) -> str:
        token = self._match(_STRING)
        if token is None:
            raise NotStrictJson(f"no string, at byte {self.at}")
        text = token[1:-1].decode("utf-8")
        return _ESCAPE.sub(_unescape, text) if "\\" in text else text

    def _match(self, pattern: re.Pattern[bytes]) -> bytes | None:
        match = pattern.match(self.data, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match.group()

    def _take(self, character: bytes) -> bool:
        if self.data[self.at : self.at + 1] != character:
            return False
        self.at += 1
        return True

    def _skip_white_space(self) -> None:
        self._match(_WHITE_SPACE)


def _unescape(match: re.Match[str]) -> str:
    high, low, single, short = match.groups()
    if short is not None:
        return _SHORT[short]
    if single is None:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))
    code_unit = int(single, 16)
    if 0xD800 <= code_unit <= 0xDFFF:
        raise NotStrictJson("a surrogate without its partner")
    return chr(code_unit)


def read_strict_json(data: bytes) -> StrictText:
    """Reads a strict JSON text, or raises NotStrictJson."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise NotStrictJson("not well-formed UTF-8") from fault
    return _Reader(data).read()
