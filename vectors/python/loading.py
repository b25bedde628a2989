"""From JSON to schemas, with every fault of section 5.1."""

from __future__ import annotations

import re
from collections.abc import Callable

from binary64 import is_integral
from re2_match import Matcher, compile_tree
from re2_syntax import NotAPattern, parse
from reading import Reading
from schema import ANY, SCALAR_KINDS, Schema, Shape, same_scalar
from strict_json import Value
from transient_names import may_not_be_declared

HIGHEST_SCHEMA = 64

_ANNOTATIONS = ("title", "description", "$comment")
_REFERENCE = re.compile(r"#/\$defs/([0-9A-Za-z_.-]+)")
_KINDS = (*SCALAR_KINDS, "object", "array")

# Keyword: the kinds that it may stand with.
_STANDS_WITH: dict[str, tuple[str, ...]] = {
    "enum": SCALAR_KINDS,
    "const": SCALAR_KINDS,
    "properties": ("object",),
    "required": ("object",),
    "additionalProperties": ("object",),
    "items": ("array",),
    "minItems": ("array",),
    "maxItems": ("array",),
    "unordered": ("array",),
    "minLength": ("string",),
    "maxLength": ("string",),
    "pattern": ("string",),
    "exact": ("string",),
    "persistent": ("string",),
    "minimum": ("integer", "number"),
    "maximum": ("integer", "number"),
    "exclusiveMinimum": ("integer", "number"),
    "exclusiveMaximum": ("integer", "number"),
}

_HOST_PROPERTIES = {"caller", "facts", "validators"}

Keywords = dict[str, Value]


class UnusableShape(Exception):
    """All faults of a shape."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class _Loader:
    def __init__(self) -> None:
        self.faults: list[str] = []
        self.references: list[tuple[str, str]] = []

    def fault(self, path: str, what: str) -> None:
        self.faults.append(f"{path or '/'}: {what}")

    # Schemas

    def schema(self, written: Value, path: str, depth: int) -> Schema:
        if depth > HIGHEST_SCHEMA:
            self.fault(path, f"schemas nested more than {HIGHEST_SCHEMA} deep")
            return ANY
        if written is True:
            return ANY
        if not isinstance(written, dict):
            self.fault(path, "neither true nor an object")
            return ANY
        for keyword in _ANNOTATIONS:
            if not isinstance(written.get(keyword, ""), str):
                self.fault(path, f"{keyword} is no string")
        keywords = {name: value for name, value in written.items() if name not in _ANNOTATIONS}
        if "$ref" in keywords:
            return self._reference(keywords, path)
        return self._described(keywords, path, depth)

    def schemas(self, written: Value, path: str, depth: int) -> dict[str, Schema]:
        if not isinstance(written, dict):
            self.fault(path, "no object of schemas")
            return {}
        return {name: self.schema(one, f"{path}/{name}", depth) for name, one in written.items()}

    def _reference(self, keywords: Keywords, path: str) -> Schema:
        if len(keywords) > 1:
            self.fault(path, "$ref is not alone")
        written = keywords["$ref"]
        match = _REFERENCE.fullmatch(written) if isinstance(written, str) else None
        if match is None:
            self.fault(path, "$ref is not #/$defs/<name>")
            return ANY
        self.references.append((path, match.group(1)))
        return Schema(reference=match.group(1))

    def _described(self, keywords: Keywords, path: str, depth: int) -> Schema:
        schema = Schema()
        schema.literals = self._literals(keywords, path)
        self._set_kind(schema, keywords, path)
        for keyword in keywords:
            if keyword != "type" and keyword not in _STANDS_WITH:
                self.fault(path, f"an unknown keyword {keyword}")
            elif keyword != "type" and schema.kind not in _STANDS_WITH[keyword]:
                self.fault(path, f"{keyword} with kind {schema.kind}")
        self._read_object_keywords(schema, keywords, path, depth)
        self._read_array_keywords(schema, keywords, path, depth)
        self._read_string_keywords(schema, keywords, path)
        self._read_number_keywords(schema, keywords, path)
        self._check_literals(schema, path)
        return schema

    # Kind and literals

    def _literals(self, keywords: Keywords, path: str) -> list[Value] | None:
        if "enum" in keywords and "const" in keywords:
            self.fault(path, "const together with enum")
        literals: Value = [keywords["const"]] if "const" in keywords else None
        if "enum" in keywords:
            literals = keywords["enum"]
            if not isinstance(literals, list) or not literals:
                self.fault(path, "enum is no array, or empty")
                return None
        if not isinstance(literals, list):
            return None
        if any(isinstance(literal, (dict, list)) for literal in literals):
            self.fault(path, "a literal that is no scalar")
            return None
        if _any_equal(literals):
            self.fault(path, "two literals are equal")
        return literals

    def _set_kind(self, schema: Schema, keywords: Keywords, path: str) -> None:
        if "type" in keywords:
            kind_and_null = _read_type(keywords["type"])
            if kind_and_null is None:
                self.fault(path, "type is no kind, nor a kind and null")
                kind_and_null = ("any", True)
            schema.kind, schema.admits_null = kind_and_null
        elif schema.literals is not None:
            kinds = {_kind_of(literal) for literal in schema.literals}
            schema.admits_null = "null" in kinds
            if kinds != {"null"}:
                kinds.discard("null")
            if kinds == {"integer", "number"}:
                kinds = {"number"}
            if len(kinds) > 1:
                self.fault(path, "literals of two types")
            schema.kind = min(kinds)

    def _check_literals(self, schema: Schema, path: str) -> None:
        if schema.literals is None:
            return
        if schema.admits_null != any(literal is None for literal in schema.literals):
            self.fault(path, "null is admitted by type or literals, but not by both")
        for literal in schema.literals:
            if literal is None:
                continue
            reading = Reading(Shape(schema, {}))
            normal = reading.read(literal, schema)
            if reading.findings or not same_scalar(normal, literal):
                self.fault(path, f"a literal that no normal value can equal: {literal!r}")

    # Keywords of one kind

    def _read_object_keywords(
        self, schema: Schema, keywords: Keywords, path: str, depth: int
    ) -> None:
        if "properties" in keywords:
            under = f"{path}/properties"
            schema.properties = self.schemas(keywords["properties"], under, depth + 1)
            for name in schema.properties:
                if may_not_be_declared(name):
                    self.fault(under, f"{name} means a moment or a request")
        required = keywords.get("required", [])
        if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
            self.fault(path, "required is no array of names")
        else:
            schema.mandatory = frozenset(name for name in required if isinstance(name, str))
            if len(schema.mandatory) != len(required):
                self.fault(path, "required names one property twice")
            if not schema.mandatory <= schema.properties.keys():
                self.fault(path, "required names what properties does not declare")
        if "additionalProperties" in keywords:
            written = keywords["additionalProperties"]
            if written is not False:
                schema.additional = self.schema(written, f"{path}/additionalProperties", depth + 1)
        elif schema.kind == "object":
            self.fault(path, "additionalProperties is absent")

    def _read_array_keywords(
        self, schema: Schema, keywords: Keywords, path: str, depth: int
    ) -> None:
        if "items" in keywords:
            schema.items = self.schema(keywords["items"], f"{path}/items", depth + 1)
        self._read_counts(schema, keywords, path, "minItems", "maxItems")
        schema.unordered = self._boolean(keywords, "unordered", path)

    def _read_string_keywords(self, schema: Schema, keywords: Keywords, path: str) -> None:
        self._read_counts(schema, keywords, path, "minLength", "maxLength")
        schema.exact = self._boolean(keywords, "exact", path)
        schema.persistent = self._boolean(keywords, "persistent", path)
        if "pattern" in keywords:
            schema.pattern = self._pattern(keywords["pattern"], f"{path}/pattern")

    def _read_number_keywords(self, schema: Schema, keywords: Keywords, path: str) -> None:
        schema.minimum = self._number(keywords, "minimum", path)
        schema.maximum = self._number(keywords, "maximum", path)
        schema.exclusive_minimum = self._number(keywords, "exclusiveMinimum", path)
        schema.exclusive_maximum = self._number(keywords, "exclusiveMaximum", path)
        self._check_bounds("minimum", schema.minimum, "maximum", schema.maximum, path)

    def _read_counts(
        self, schema: Schema, keywords: Keywords, path: str, least: str, most: str
    ) -> None:
        low, high = self._count(keywords, least, path), self._count(keywords, most, path)
        self._check_bounds(least, low, most, high, path)
        if low is not None:
            schema.least = low
        if high is not None:
            schema.most = high

    def _check_bounds(
        self, low_name: str, low: float | None, high_name: str, high: float | None, path: str
    ) -> None:
        if low is not None and high is not None and low > high:
            self.fault(path, f"{low_name} > {high_name}")

    def _count(self, keywords: Keywords, keyword: str, path: str) -> int | None:
        value = self._number(keywords, keyword, path)
        if value is None or (is_integral(value) and value >= 0):
            return None if value is None else int(value)
        self.fault(path, f"{keyword} is no integer >= 0")
        return None

    def _number(self, keywords: Keywords, keyword: str, path: str) -> float | None:
        value = keywords.get(keyword, 0.0)
        if not isinstance(value, float):
            self.fault(path, f"{keyword} is no number")
            return None
        return value if keyword in keywords else None

    def _boolean(self, keywords: Keywords, keyword: str, path: str) -> bool:
        value = keywords.get(keyword, False)
        if not isinstance(value, bool):
            self.fault(path, f"{keyword} is no boolean")
        return value is True

    def _pattern(self, written: Value, path: str) -> Matcher | None:
        if not isinstance(written, str):
            self.fault(path, "no string")
            return None
        try:
            expression = parse(written)
            if expression.changed_by_step_2:
                changed = "".join(expression.changed_by_step_2)
                self.fault(path, f"code points that no normal text has: {changed}")
            return compile_tree(expression.tree)
        except NotAPattern as fault:
            self.fault(path, f"no pattern: {fault}")
        return None


def _any_equal(literals: list[Value]) -> bool:
    seen: set[tuple[type, Value]] = set()
    for literal in literals:
        key = (type(literal), literal)
        if key in seen:
            return True
        seen.add(key)
    return False


def _kind_of(literal: Value) -> str:
    if literal is None:
        return "null"
    if isinstance(literal, bool):
        return "boolean"
    if isinstance(literal, str):
        return "string"
    return "integer" if isinstance(literal, float) and is_integral(literal) else "number"


def _read_type(written: Value) -> tuple[str, bool] | None:
    """The kind, and whether null is admitted."""
    if isinstance(written, str) and written in _KINDS:
        return written, written == "null"
    if isinstance(written, list) and len(written) == 2:
        if all(isinstance(one, str) and one in _KINDS for one in written):
            others = [str(one) for one in written if one != "null"]
            if len(others) == 1:
                return others[0], True
    return None


def _find_cycles(uses: dict[str, set[str]]) -> list[str]:
    """Definitions that contain themselves, by way of others or not."""
    cyclic: list[str] = []
    for name in uses:
        reached: set[str] = set()
        pending = list(uses[name])
        while pending:
            used = pending.pop()
            if used not in reached:
                reached.add(used)
                pending += uses.get(used, ())
        if name in reached:
            cyclic.append(name)
    return cyclic


def _is_too_high(shape: Shape) -> bool:
    """Whether the root or a definition is higher than it may be."""
    heights: dict[str, int] = {}

    def height(schema: Schema, room: int) -> int:
        """Any height above the room stands for all of them."""
        if room < 0:
            return 0
        if schema.reference is not None:
            name = schema.reference
            if name not in heights:
                heights[name] = height(shape.definitions[name], room - 1)
            return 1 + heights[name]
        inside = [*schema.properties.values()]
        inside += [one for one in (schema.additional, schema.items) if one is not None]
        return max((1 + height(one, room - 1) for one in inside), default=0)

    starts = [Schema(reference=name) for name in shape.definitions]
    if any(height(start, HIGHEST_SCHEMA + 1) > HIGHEST_SCHEMA + 1 for start in starts):
        return True
    return height(shape.root, HIGHEST_SCHEMA) > HIGHEST_SCHEMA


def _check_root(shape: Shape, fault: Callable[[str, str], None]) -> None:
    root = shape.resolve(shape.root)
    if root.kind != "object" or root.admits_null:
        fault("", "the root is not of kind object, or admits null")
    if "host" not in root.properties:
        return
    host = shape.resolve(root.properties["host"])
    if host.kind != "object" or host.additional is not None:
        fault("/properties/host", "not an object with additionalProperties: false")
    if not host.properties.keys() <= _HOST_PROPERTIES:
        fault("/properties/host", "declares more than caller, facts, validators")


def load_shape(root: Value, definitions: Value = None, given_apart: bool = False) -> Shape:
    """Raises UnusableShape with all faults."""
    loader = _Loader()
    if not given_apart:
        root, definitions = _take_definitions(root)
    uses: dict[str, set[str]] = {}
    loaded: dict[str, Schema] = {}
    if not isinstance(definitions, dict):
        loader.fault("/$defs", "no object of schemas")
        definitions = {}
    for name, written in definitions.items():
        before = len(loader.references)
        loaded[name] = loader.schema(written, f"/$defs/{name}", 0)
        uses[name] = {used for _, used in loader.references[before:]}
    shape = Shape(loader.schema(root, "", 0), loaded)
    dangling = [(path, name) for path, name in loader.references if name not in loaded]
    for path, name in dangling:
        loader.fault(path, f"a $ref to no definition: {name}")
    cyclic = _find_cycles(uses)
    for name in cyclic:
        loader.fault(f"/$defs/{name}", "a definition that contains itself")
    if not dangling and not cyclic:
        if _is_too_high(shape):
            loader.fault("", f"a height above {HIGHEST_SCHEMA}, references followed")
        else:
            _check_root(shape, loader.fault)
    if loader.faults:
        raise UnusableShape(loader.faults)
    return shape


def _take_definitions(root: Value) -> tuple[Value, Value]:
    """The root without its $defs, and these. Beside $ref they stay: $ref is to be alone."""
    if not isinstance(root, dict) or "$defs" not in root:
        return root, {}
    without = {name: value for name, value in root.items() if name != "$defs"}
    return (root if "$ref" in root else without), root["$defs"]
