"""One case of the vectors: from its JSON object to what it is to expect."""

from __future__ import annotations

import base64
import binascii

from binary64 import is_integral
from identity import HostTooDeep, identify, read_bare, read_envelope
from loading import UnusableShape, load_shape
from schema import Shape
from strict_json import Value


class NoCase(ValueError):
    """The object is not a case, or its bundle is not usable."""


def _text(case: dict[str, Value], name: str) -> str:
    value = case.get(name)
    if not isinstance(value, str):
        raise NoCase(f"{name} is no string")
    return value


def _bytes(case: dict[str, Value], name: str) -> bytes:
    try:
        return base64.b64decode(_text(case, name), validate=True)
    except binascii.Error as fault:
        raise NoCase(f"{name} is no base64: {fault}") from fault


def _received(case: dict[str, Value]) -> bytes:
    """The bytes as they are, or as one unit that is repeated."""
    repeat = case.get("received_repeat")
    if not isinstance(repeat, dict):
        return _bytes(case, "received")
    times = repeat.get("times")
    if not isinstance(times, float) or not is_integral(times):
        raise NoCase("times is no integer")
    prefix, unit, suffix = (_bytes(repeat, name) for name in ("prefix", "unit", "suffix"))
    return prefix + unit * int(times) + suffix


def _shapes(case: dict[str, Value]) -> dict[str, Shape]:
    written = case.get("shapes")
    if not isinstance(written, dict):
        raise NoCase("shapes is no object")
    loaded: dict[str, Shape] = {}
    for category, schema in written.items():
        try:
            loaded[category] = load_shape(schema, case.get("defs"), "defs" in case)
        except UnusableShape as fault:
            raise NoCase(f"the shape of {category} is not usable: {fault}") from fault
    return loaded


def expect_identity(case: dict[str, Value]) -> dict[str, Value]:
    """The `expect` of a case; raises NoCase."""
    how, data = _text(case, "how"), _received(case)
    if how == "envelope":
        arrived = read_envelope(data)
    elif how == "bare":
        arrived = read_bare(data, _text(case, "category"))
    else:
        raise NoCase(f"how is neither envelope nor bare: {how}")
    host = case.get("host")
    if "host" in case and not isinstance(host, dict):
        raise NoCase("host is no object")
    given = host if isinstance(host, dict) else None
    try:
        identity = identify(arrived, _shapes(case), _text(case, "bundle_digest"), given)
    except HostTooDeep as fault:
        raise NoCase(str(fault)) from fault
    return {
        "category": identity.category,
        "refusal": identity.refusal,
        "normal_form": identity.form,
        "engine_version": identity.engine_version,
        "trace_id": identity.trace_id,
    }


def expect_faulty(case: dict[str, Value]) -> bool:
    """Whether the schema of a case does not load."""
    try:
        load_shape(case.get("schema"), case.get("defs"), "defs" in case)
    except UnusableShape:
        return True
    return False
