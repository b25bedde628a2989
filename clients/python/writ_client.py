"""Asks a Writ gateway. One file, standard library, Python 3.9 and later.

    writ = WritClient("http://127.0.0.1:8420", key="writ_...")
    answer = writ.enforce("refund", {"order": "A17", "cents": 1250})
    if answer.decision == "EXECUTE":
        refund()

No call raises, and none is made twice: whatever goes wrong, the answer is BLOCK. After LATE or
UNREACHABLE the attempt may stand in the ledger, and with execute its effect may have come about.

Proxies of the environment are not asked, and redirects are not followed: the key goes to the one URL
that was given. A client holds no connection and may be used from any thread.
"""

from __future__ import annotations

import http.client
import io
import json
import math
import re
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union
from urllib.parse import urlsplit

__all__ = ["WritClient", "Answer", "Executed", "Rewritten", "Blocked"]


class _Permission:
    """True where something may be done, so that `if answer:` asks the right thing."""

    decision: str

    def __bool__(self) -> bool:
        return self.decision == "EXECUTE"


@dataclass(frozen=True)
class Executed(_Permission):
    """Permitted, and recorded before it was said. Act now."""

    trace_id: str
    enforcement_decision_id: str
    result: Any = None  # what the adapter returned; of execute alone
    decision: str = "EXECUTE"
    status: str = "success"


@dataclass(frozen=True)
class Rewritten(_Permission):
    """Not as it stands. Whoever applies the class submits the result as a new attempt."""

    trace_id: str
    enforcement_decision_id: str
    rewrite_class: str
    decision: str = "REWRITE"
    status: str = "failed"


@dataclass(frozen=True)
class Blocked(_Permission):
    """Do nothing. `why`, `http_status` and `detail` are for the operator's log, never for the agent.

    DECIDED: the gateway said BLOCK; the cause stands in the record alone. HTTP_STATUS: any status
    but 200. INPUT: the input is no JSON, nothing was sent. UNREACHABLE: no whole answer came. LATE:
    not in time. CONTENT_TYPE, BODY, TOO_LARGE: what came is no answer of a gateway.
    """

    why: str
    detail: str
    http_status: Optional[int] = None
    trace_id: Optional[str] = None
    enforcement_decision_id: Optional[str] = None
    decision: str = "BLOCK"
    status: str = "failed"


Answer = Union[Executed, Rewritten, Blocked]

_JSON = "application/json"
_NDJSON = "application/x-ndjson"
_BATCH = 256  # one request's: few enough that a sender need not read while it sends
_HEAD = 65_536  # bytes that the head of an answer may add to its body
_DEPTH = 256  # deeper than any adapter's result has business to be


class WritClient:
    """Asks one gateway. Raises ValueError for options that no call could be made with.

    url: the gateway's; a path before /v1 is kept. key: the caller's, of `writ caller add`.
    deadline: seconds from a call to the last byte of its answer; looking up a host name is the
    system's own, and not within it. context: for TLS, one with a certificate authority or a client
    certificate of yours.
    """

    def __init__(
        self,
        url: str,
        key: Optional[str] = None,
        *,
        deadline: float = 10.0,
        max_answer_bytes: int = 2**24,
        context: Optional[ssl.SSLContext] = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url} is no http or https URL")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("give the gateway's URL without user, query or fragment")
        if key is not None and not re.fullmatch(r"writ_[A-Za-z0-9_-]{43}", key):
            raise ValueError("give the key as `writ caller add` printed it")
        if not re.fullmatch(r"[!-~]*", parts.path):
            raise ValueError("give the path of the URL in ASCII")
        if not (math.isfinite(deadline) and deadline > 0 and max_answer_bytes > 0):
            raise ValueError("give deadline and max_answer_bytes as positive numbers")
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._base = parts.path.rstrip("/")
        self._key = key
        self._deadline = deadline
        self._most = max_answer_bytes
        self._tls: Optional[ssl.SSLContext] = None
        if parts.scheme == "https":
            self._tls = context or ssl.create_default_context()

    def enforce(
        self, category: str, input: Mapping[str, Any], *, deadline: Optional[float] = None
    ) -> Answer:
        """May this be done? Act only on EXECUTE."""
        return self._one("enforce", category, input, deadline)

    def execute(
        self, category: str, input: Mapping[str, Any], *, deadline: Optional[float] = None
    ) -> Answer:
        """Do this, if it is allowed: the category's adapter acts."""
        return self._one("execute", category, input, deadline)

    def enforce_all(
        self,
        asked: Sequence[Tuple[str, Mapping[str, Any]]],
        *,
        deadline: Optional[float] = None,
    ) -> List[Answer]:
        """enforce for each (category, input), up to 256 in one request, each under the deadline."""
        answers: List[Answer] = []
        for at in range(0, len(asked), _BATCH):
            answers += self._batch(asked[at : at + _BATCH], deadline)
        return answers

    def _one(
        self, verb: str, category: str, input: Mapping[str, Any], deadline: Optional[float]
    ) -> Answer:
        sent = _envelope(category, input)
        if isinstance(sent, Blocked):
            return sent
        came = self._send(verb, _JSON, sent, deadline)
        return came if isinstance(came, Blocked) else _answer(verb, came)

    def _batch(
        self, asked: Sequence[Tuple[str, Mapping[str, Any]]], deadline: Optional[float]
    ) -> List[Answer]:
        envelopes = [_envelope(category, input) for category, input in asked]
        sent = [each for each in envelopes if isinstance(each, str)]
        answers: List[Answer] = []
        if sent:
            came = self._send("enforce", _NDJSON, "".join(f"{each}\n" for each in sent), deadline)
            answers = [came] * len(sent) if isinstance(came, Blocked) else _lines(came, len(sent))
        # What was not sent has its answer already, and takes no line.
        answer = iter(answers)
        return [next(answer) if isinstance(each, str) else each for each in envelopes]

    def _send(
        self, verb: str, media: str, body: str, deadline: Optional[float]
    ) -> Union[str, Blocked]:
        """The text of a whole answer, or why there is none."""
        due = time.monotonic() + (self._deadline if deadline is None else deadline)
        line: Optional[socket.socket] = None
        try:
            line = self._connect(due)
            _left(line, due)
            line.sendall(self._request(verb, media, body.encode("utf-8")))
            text = _receive(_Timed(line, due, self._most + _HEAD), media, self._most)
            # Nothing that came too late counts, even if it came.
            _left(line, due)
            return text
        except (socket.timeout, _Late):
            return Blocked("LATE", "no whole answer came in time")
        except _TooLarge:
            return Blocked("TOO_LARGE", f"the answer has more than {self._most} bytes")
        except Exception as error:  # whatever it is, it is no permission
            return Blocked("UNREACHABLE", f"{type(error).__name__}: {error}")
        finally:
            if line is not None:
                line.close()

    def _connect(self, due: float) -> socket.socket:
        failed: Exception = OSError("the host has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            self._host, self._port, type=socket.SOCK_STREAM
        ):
            line = socket.socket(family, kind, protocol)
            try:
                _left(line, due)
                line.connect(address)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._tls is None:
                    return line
                _left(line, due)
                return self._tls.wrap_socket(line, server_hostname=self._host)
            except Exception as error:
                line.close()
                failed = error
        raise failed

    def _request(self, verb: str, media: str, body: bytes) -> bytes:
        host = f"[{self._host}]" if ":" in self._host else self._host
        head = [
            f"POST {self._base}/v1/{verb} HTTP/1.1",
            f"host: {host}:{self._port}",
            f"content-type: {media}",
            f"content-length: {len(body)}",
            f"accept: {media}",
            "accept-encoding: identity",
            "connection: close",
        ]
        if self._key is not None:
            head.append(f"authorization: Bearer {self._key}")
        return "\r\n".join([*head, "", ""]).encode("ascii") + body


class _Late(Exception):
    pass


class _TooLarge(Exception):
    pass


def _left(line: socket.socket, due: float) -> None:
    """Lets the next call on the socket last until the deadline at most."""
    left = due - time.monotonic()
    if left <= 0:
        raise _Late
    line.settimeout(left)


class _Timed(io.RawIOBase):
    """What is received, within one deadline and one bound for all of it, as http.client reads it."""

    def __init__(self, line: socket.socket, due: float, most: int) -> None:
        self._line = line
        self._due = due
        self._room = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        _left(self._line, self._due)
        count = self._line.recv_into(buffer)
        self._room -= count
        if self._room < 0:
            raise _TooLarge
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)


def _receive(line: _Timed, media: str, most: int) -> Union[str, Blocked]:
    response = http.client.HTTPResponse(line, method="POST")  # type: ignore[arg-type]
    response.begin()
    if response.status != 200:
        status = response.status
        return Blocked("HTTP_STATUS", f"the answer has status {status}", status)
    types = response.headers.get_all("content-type") or []
    named = re.fullmatch(r"([^;,\s]+)[ \t]*(?:;[^,]*)?", types[0]) if len(types) == 1 else None
    if named is None or named[1].lower() != media:
        return Blocked("CONTENT_TYPE", f"the answer is no {media}")
    if response.headers.get("content-encoding", "identity") != "identity":
        return Blocked("CONTENT_TYPE", "the answer is encoded, which nobody asked for")
    body = response.read(most + 1)
    if len(body) > most:
        raise _TooLarge
    if response.length:
        raise http.client.IncompleteRead(body, response.length)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return Blocked("BODY", "the body is no UTF-8")


def _envelope(category: str, input: Mapping[str, Any]) -> Union[str, Blocked]:
    try:
        if not isinstance(input, Mapping):
            raise TypeError("an input is a mapping")
        envelope = {"category": category, "input": _plain(input)}
        return json.dumps(envelope, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        return Blocked("INPUT", str(error))


def _plain(value: Any) -> Any:
    """The value itself. What JSON would make into something else is refused."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise TypeError(f"the input's name {name!r} is no string")
        return {name: _plain(each) for name, each in value.items()}
    raise TypeError(f"{type(value).__name__} is no JSON value")


_TRACE_ID = r"[0-9a-f]{64}"
_DECISION_ID = r"[0-9a-f]{16}\.[1-9][0-9]{0,15}\.[1-9][0-9]{0,15}"
_REWRITE_CLASS = r"[A-Z][A-Z0-9_]{0,63}"
_IDS = {"trace_id": _TRACE_ID, "enforcement_decision_id": _DECISION_ID}


def _answer(verb: str, text: str) -> Answer:
    """Reads one answer. What is not exactly one that the gateway gives is BLOCK (contract §4)."""
    try:
        value = json.loads(text, object_pairs_hook=_single, parse_constant=_no_constant)
        _require_depth(value)
    except (ValueError, RecursionError) as error:
        return Blocked("BODY", f"{error}")
    if not isinstance(value, dict):
        return Blocked("BODY", "the body is no answer of a gateway")
    has_result = verb == "execute" and "result" in value
    result = value.pop("result") if has_result else None
    if has_result == (verb == "execute") and _fits(value, "EXECUTE", "success", {}):
        return Executed(value["trace_id"], value["enforcement_decision_id"], result)
    if has_result:
        return Blocked("BODY", "the body is no answer of a gateway")
    if _fits(value, "REWRITE", "failed", {"rewrite_class": _REWRITE_CLASS}):
        ids = value["trace_id"], value["enforcement_decision_id"]
        return Rewritten(*ids, value["rewrite_class"])
    if _fits(value, "BLOCK", "failed", {}):
        detail = "the gateway said BLOCK; its record says why"
        ids = value["trace_id"], value["enforcement_decision_id"]
        return Blocked("DECIDED", detail, None, *ids)
    return Blocked("BODY", "the body is no answer of a gateway")


def _fits(value: Dict[str, Any], decision: str, status: str, more: Dict[str, str]) -> bool:
    members = {"decision": decision, "status": status, **_IDS, **more}
    return value.keys() == members.keys() and all(
        isinstance(value[name], str) and re.fullmatch(pattern, value[name]) is not None
        for name, pattern in members.items()
    )


def _lines(text: str, count: int) -> List[Answer]:
    """The answer of each line; of more lines than were sent, none is anybody's."""
    lines = text.split("\n")
    lines.pop()  # what follows the last line feed is no whole line
    if len(lines) > count:
        return [_answer("enforce", "")] * count
    missing = Blocked("BODY", "the batch's answer ended before this line")
    answers = [_answer("enforce", line) for line in lines]
    return answers + [missing] * (count - len(lines))


def _single(members: List[Tuple[str, Any]]) -> Dict[str, Any]:
    """Of two `decision`s one reader takes the first and another the last: no name stands twice."""
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("the body names a member twice")
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _require_depth(value: Any) -> None:
    level = [value]
    for _ in range(_DEPTH + 1):
        level = [
            inner
            for each in level
            if isinstance(each, (list, dict))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    raise ValueError(f"the body is deeper than {_DEPTH}")
