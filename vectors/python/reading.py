"""Reading a value under a schema (5.3) and `host` (5.2)."""

from __future__ import annotations

from binary64 import is_integral
from canonical import canonical_json
from schema import ANY, Schema, Shape, same_scalar
from strict_json import Value
from text import is_transient, normal_text, utf16_order

MISSING, VIOLATION, TRANSIENT = "missing", "violation", "transient"

# 5.3, filled nulls: the most bytes of them, and those of one beside its name (`:null,`).
_MOST_FILLED = 8_388_608
_FILLED_BESIDE_NAME = 6


def restrict(value: Value, schema: Schema, shape: Shape) -> Value:
    """5.2: what of a host object the schema has a place for."""
    schema = shape.resolve(schema)
    if isinstance(value, dict) and schema.kind == "object":
        restricted: dict[str, Value] = {}
        for name, member in value.items():
            under = schema.properties.get(name, schema.additional)
            if under is not None:
                restricted[name] = restrict(member, under, shape)
        return restricted
    if isinstance(value, list) and schema.kind == "array":
        return [restrict(element, schema.items or ANY, shape) for element in value]
    return value


class Reading:
    """Reads values under the schemas of a shape, and gathers the findings."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.findings: set[str] = set()
        self.filled = 0

    def read(self, value: Value, schema: Schema) -> Value:
        schema = self.shape.resolve(schema)
        if value is None and schema.admits_null:
            return None
        if schema.kind == "any":
            return self._read_any(value)
        if schema.kind == "object" and isinstance(value, dict):
            return self._read_object(value, schema)
        if schema.kind == "array" and isinstance(value, list):
            return self._read_array(value, schema)
        if schema.kind == "string" and isinstance(value, str):
            return self._read_string(value, schema)
        if schema.kind in ("integer", "number") and isinstance(value, float):
            return self._read_number(value, schema)
        if schema.kind == "boolean" and isinstance(value, bool):
            self._check_literals(value, schema)
            return value
        self._violation()
        return None

    def _violation(self) -> None:
        self.findings.add(VIOLATION)

    def _violation_unless(self, holds: bool) -> None:
        if not holds:
            self._violation()

    def _fill(self, name: str) -> None:
        self.filled += len(canonical_json(name).encode("utf-8")) + _FILLED_BESIDE_NAME
        self._violation_unless(self.filled <= _MOST_FILLED)

    def _check_literals(self, value: Value, schema: Schema) -> None:
        if schema.literals is not None:
            self._violation_unless(any(same_scalar(value, one) for one in schema.literals))

    def _check_count(self, count: int, schema: Schema) -> None:
        self._violation_unless(schema.least is None or count >= schema.least)
        self._violation_unless(schema.most is None or count <= schema.most)

    def _read_any(self, value: Value) -> Value:
        if isinstance(value, str):
            return self._read_text(value, persistent=False)
        if isinstance(value, list):
            return [self._read_any(element) for element in value]
        if isinstance(value, dict):
            return {name: self._read_any(member) for name, member in value.items()}
        return value

    def _read_text(self, value: str, persistent: bool) -> str:
        normal = normal_text(value)
        if not persistent and is_transient(normal):
            self.findings.add(TRANSIENT)
        return normal

    def _read_string(self, value: str, schema: Schema) -> str:
        normal = self._read_text(value, schema.persistent)
        self._violation_unless(not schema.exact or value == normal)
        self._check_count(len(normal), schema)
        self._check_literals(normal, schema)
        self._violation_unless(schema.pattern is None or schema.pattern.is_found_in(normal))
        return normal

    def _read_number(self, value: float, schema: Schema) -> float:
        self._violation_unless(schema.kind == "number" or is_integral(value))
        self._violation_unless(schema.minimum is None or value >= schema.minimum)
        self._violation_unless(schema.maximum is None or value <= schema.maximum)
        above, below = schema.exclusive_minimum, schema.exclusive_maximum
        self._violation_unless(above is None or value > above)
        self._violation_unless(below is None or value < below)
        self._check_literals(value, schema)
        return value

    def _read_array(self, value: list[Value], schema: Schema) -> list[Value]:
        self._check_count(len(value), schema)
        elements = [self.read(element, schema.items or ANY) for element in value]
        if schema.unordered:
            elements.sort(key=lambda element: utf16_order(canonical_json(element)))
        return elements

    def _read_object(self, value: dict[str, Value], schema: Schema) -> dict[str, Value]:
        normal: dict[str, Value] = {}
        for name, under in schema.properties.items():
            normal[name] = None
            if name not in value:
                self._fill(name)
                if name in schema.mandatory:
                    self.findings.add(MISSING)
            elif value[name] is not None or name in schema.mandatory:
                normal[name] = self.read(value[name], under)
        for name, member in value.items():
            if name not in schema.properties:
                if schema.additional is None:
                    self._violation()
                else:
                    normal[name] = self.read(member, schema.additional)
        return normal
