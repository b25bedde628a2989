"""Schemas as they are read under (5.1, 5.3), once they are known to be sound."""

from __future__ import annotations

from dataclasses import dataclass, field

from re2_match import Matcher
from strict_json import Value

SCALAR_KINDS = ("string", "integer", "number", "boolean", "null")


@dataclass
class Schema:
    kind: str = "any"
    admits_null: bool = True
    # enum, or const as an enum of one; null is among them if it is written.
    literals: list[Value] | None = None

    properties: dict[str, Schema] = field(default_factory=dict)
    mandatory: frozenset[str] = frozenset()
    # What undeclared members may be; none for false.
    additional: Schema | None = None

    items: Schema | None = None
    least: int | None = None
    """minItems or minLength"""
    most: int | None = None
    """maxItems or maxLength"""
    unordered: bool = False

    pattern: Matcher | None = None
    exact: bool = False
    persistent: bool = False

    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None

    # Of a $ref: the name of the definition that stands for all of the above.
    reference: str | None = None


ANY = Schema()


@dataclass
class Shape:
    root: Schema
    definitions: dict[str, Schema]

    def resolve(self, schema: Schema) -> Schema:
        """Follows $ref; no definition contains itself, so this ends."""
        while schema.reference is not None:
            schema = self.definitions[schema.reference]
        return schema


def same_scalar(one: Value, other: Value) -> bool:
    """Equality of JSON scalars: true is not 1, and 1.0 is 1."""
    return type(one) is type(other) and one == other
