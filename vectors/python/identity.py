"""Writ's input identity (SPEC sections 2 and 6): from received bytes to a trace_id."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from canonical import canonical_json, generic_form
from reading import MISSING, TRANSIENT, VIOLATION, Reading, restrict
from schema import Shape
from strict_json import NotStrictJson, Received, Value, read_strict_json

DEEPEST_INPUT = 64
LARGEST_INPUT = 1_048_576
DEEPEST_HOST = 63
UNRECOGNIZED = "unrecognized"

_CATEGORY = re.compile(r"[a-z][a-z_]{0,63}")


class HostTooDeep(ValueError):
    """5.2: enforcement gave a host object that no judged input may have."""


@dataclass(frozen=True)
class Arrived:
    """A category, and either an input or a refused digest."""

    category: str
    input: dict[str, Value] | None
    refused_digest: str | None


@dataclass(frozen=True)
class Identity:
    category: str
    refusal: str | None
    form: str
    engine_version: str
    trace_id: str


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_category(value: Value) -> str:
    """2.1; absence is given as None."""
    if isinstance(value, str) and _CATEGORY.fullmatch(value):
        return value
    return UNRECOGNIZED


def read_envelope(data: bytes) -> Arrived:
    """2.2"""
    try:
        text = read_strict_json(data)
    except NotStrictJson:
        return Arrived(UNRECOGNIZED, None, sha256_hex(data))
    if not isinstance(text.root.value, dict) or any(
        member.depth > DEEPEST_INPUT for name, member in text.members.items() if name != "input"
    ):
        return Arrived(UNRECOGNIZED, None, sha256_hex(data))
    category = read_category(text.root.value.get("category"))
    if "input" not in text.members:
        return Arrived(category, None, sha256_hex(data))
    return _accept(data, text.members["input"], category)


def read_bare(data: bytes, category: str) -> Arrived:
    """2.3"""
    try:
        text = read_strict_json(data)
    except NotStrictJson:
        return Arrived(read_category(category), None, sha256_hex(data))
    return _accept(data, text.root, read_category(category))


def _accept(data: bytes, received: Received, category: str) -> Arrived:
    """2.2, rules 4 and 5"""
    too_large = received.depth > DEEPEST_INPUT or received.size > LARGEST_INPUT
    if not isinstance(received.value, dict) or too_large:
        return Arrived(category, None, sha256_hex(data[received.start : received.end]))
    return Arrived(category, received.value, None)


def _is_deeper(value: Value, depth: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(_is_deeper(one, depth - 1) for one in inside)


def judge_input(
    received: dict[str, Value], host: dict[str, Value] | None, shape: Shape
) -> dict[str, Value]:
    """5.2: the judged input; raises HostTooDeep."""
    root = shape.resolve(shape.root)
    if "host" in received or host is None or "host" not in root.properties:
        return received
    if _is_deeper(host, DEEPEST_HOST):
        raise HostTooDeep(f"a host object more than {DEEPEST_HOST} deep")
    return {**received, "host": restrict(host, root.properties["host"], shape)}


def form_and_refusal(
    arrived: Arrived, shapes: dict[str, Shape], host: dict[str, Value] | None
) -> tuple[str, str | None]:
    """6.1"""
    if arrived.input is None:
        return f'"{arrived.refused_digest}"', "MALFORMED_INPUT"
    shape = shapes.get(arrived.category)
    if shape is None:
        return f"[{generic_form(arrived.input)}]", "UNKNOWN_CATEGORY"
    judged = judge_input(arrived.input, host, shape)
    reading = Reading(shape)
    normal = reading.read(judged, shape.root)
    refused_form = f"[{generic_form(judged)}]"
    if MISSING in reading.findings:
        return refused_form, "MISSING_MANDATORY_INPUT"
    if VIOLATION in reading.findings or "host" in arrived.input:
        return refused_form, "INPUT_SHAPE_VIOLATION"
    if TRANSIENT in reading.findings:
        return refused_form, "TRANSIENT_FIELD"
    return canonical_json(normal), None


def identify(
    arrived: Arrived,
    shapes: dict[str, Shape],
    bundle_digest: str,
    host: dict[str, Value] | None = None,
) -> Identity:
    """6.2; raises HostTooDeep."""
    form, refusal = form_and_refusal(arrived, shapes, host)
    engine_version = "3.0.0+" + bundle_digest
    trace_id = sha256_hex((form + arrived.category + engine_version).encode("utf-8"))
    return Identity(arrived.category, refusal, form, engine_version, trace_id)
