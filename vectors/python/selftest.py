"""Examples from the specification's prose.

python3 vectors/python/selftest.py
"""

from __future__ import annotations

import json
import unittest
from hashlib import sha256

from binary64 import DoesNotSurvive, number_to_string, read_number
from canonical import canonical_json, generic_form
from identity import Identity, identify, read_bare, read_category, read_envelope
from loading import UnusableShape, load_shape
from re2_match import compile_tree
from re2_syntax import NotAPattern, parse
from strict_json import NotStrictJson, Value, read_strict_json
from text import is_transient, normal_text
from transient_names import may_not_be_declared

BUNDLE = "ab" * 32
UUID = "123e4567-e89b-12d3-a456-426614174000"


def strict(text: str) -> Value:
    return read_strict_json(text.encode("utf-8")).root.value


def faulty(schema: object, defs: object = None) -> bool:
    """Of the property `p` with that schema."""
    root = {"type": "object", "additionalProperties": False, "properties": {"p": schema}}
    return root_faulty(root, defs)


def root_faulty(root: object, defs: object = None) -> bool:
    given = {} if defs is None else strict(json.dumps(defs))
    try:
        load_shape(strict(json.dumps(root)), given, defs is not None)
    except UnusableShape:
        return True
    return False


def judged(schema: object, text: str, host: str | None = None) -> Identity:
    shapes = {"tool_call": load_shape(strict(json.dumps(schema)))}
    given = strict(host) if host is not None else None
    assert given is None or isinstance(given, dict)
    return identify(read_bare(text.encode("utf-8"), "tool_call"), shapes, BUNDLE, given)


def shape(properties: object, *required: str, additional: object = False) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": additional,
    }


class StrictJson(unittest.TestCase):
    def test_numbers_that_survive(self) -> None:
        written = {
            "1.0": "1", "1e0": "1", "10E-1": "1", "-0": "0", "0e999999999": "0",
            "0.000e-99999999999999999999": "0", "1e23": "1e+23", "1" + "0" * 23: "1e+23",
            "9007199254740992": "9007199254740992", "5e-324": "5e-324",
            "1.7976931348623157e308": "1.7976931348623157e+308", "1" + "0" * 400 + "e-400": "1",
            "-1.50": "-1.5", "1e21": "1e+21", "1e20": "100000000000000000000",
            "0.000001": "0.000001", "1e-7": "1e-7", "12.5e-9": "1.25e-8",
        }  # fmt: skip
        for token, text in written.items():
            self.assertEqual(number_to_string(read_number(token)), text, token)

    def test_numbers_that_do_not(self) -> None:
        for token in (
            "9007199254740993", "1e400", "1e-400", "4.9e-324", "0.1000000000000000055",
            "123456789012345678", "1.7976931348623158e308", "333333333.33333329",
            "-1e400", "1e" + "9" * 100_000, "-1e-" + "9" * 100_000, "9" * 100_000,
        ):  # fmt: skip
            self.assertRaises(DoesNotSurvive, read_number, token)

    def test_refused_texts(self) -> None:
        for data in (
            b"", b" ", b"\xef\xbb\xbf{}", b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"',
            b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\ud800\\u0041"', b'{"\\udfff":1}',
            b'{"a":1,"\\u0061":2}', b'[{"":1,"":2}]', b'"\x1f"', b'"\\x41"', b'"\\u00g0"',
            b"01", b"+1", b".5", b"1.", b"1e", b"NaN", b"nul", b"[1,]", b'{"a":1,}', b"{,}",
            b"[1 2]", b'{"a" 1}', b"{1:1}", b"[", b'{"a"', b"1 1", b"\x0c1", b"\xc2\xa01", b"]",
        ):  # fmt: skip
            self.assertRaises(NotStrictJson, read_strict_json, data)

    def test_accepted_texts(self) -> None:
        self.assertEqual(
            strict(' \t\n\r{"__proto__":1,"":[],"10":{}} '), {"__proto__": 1, "": [], "10": {}}
        )
        self.assertEqual(strict('"\\uD83D\\uDE00\\u00E9\\/\\b\\\\u0041"'), "\U0001f600é/\b\\u0041")

    def test_depth_and_size(self) -> None:
        for text, depth in (
            ("1", 0),
            ("[]", 1),
            ("{}", 1),
            ('[1,{"a":[]}]', 3),
            ("[[],[[]],1]", 3),
        ):
            self.assertEqual(read_strict_json(text.encode()).root.depth, depth)
        self.assertEqual(read_strict_json(b' {"a": 1 } ').root.size, 9)
        self.assertEqual(read_strict_json(b"[" * 300_000 + b"]" * 300_000).root.depth, 300_000)


class Text(unittest.TestCase):
    def test_normal_text(self) -> None:
        self.assertEqual(normal_text("\u3000\x85 A\u0130\u03a3 b\t"), "ai\u03c3 b")
        for kept in "\ufeff\u200b\u180e\x1c\x1d\x1e\x1f":
            self.assertEqual(normal_text(kept + "A" + kept), kept + "a" + kept)
        self.assertEqual(normal_text("\ua7cb\ua7da\U00010d50"), "\u0264\ua7db\U00010d70")

    def test_canonical_json(self) -> None:
        value = strict(
            '{"\\ufb33":1,"\\ud83d\\ude00":"B","a":"/\\u007f\\u2028\\u0001\\u001F\\n\\""}'
        )
        escaped = '"/\x7f\u2028\\u0001\\u001f\\n\\""'
        self.assertEqual(canonical_json(value), f'{{"a":{escaped},"\U0001f600":"B","\ufb33":1}}')
        self.assertEqual(
            generic_form(strict('{"A":[" B ",{"C":true}],"b":null}')),
            '{"A":["b",{"C":true}],"b":null}',
        )

    def test_transient(self) -> None:
        day = "2024-02-31"
        for text in (
            UUID,
            f"{day}t00:00:60z",
            f"{day} 23:59:59.123456789+23:59",
            f"{day}t00:00:00-00:00",
        ):
            self.assertTrue(is_transient(text), text)
        for text in (
            day, "12:00:00z", f"{day}t00:00:00", f"{day}t00:00z", UUID.replace("-", ""), "{" + UUID + "}",
            "urn:uuid:" + UUID, UUID + "\n", f"{day}t24:00:00z", f"{day}t00:00:00.z", f"{day}t00:00:61z",
            f"{day}  00:00:00z", "2024-00-01t00:00:00z", "2024-01-32t00:00:00z", f"{day}t00:00:0\u0660z",
        ):  # fmt: skip
            self.assertFalse(is_transient(text), text)

    def test_names(self) -> None:
        for name in ("now", "X-Request-ID", "createdAt", "trace_id", "Enforcement.Decision.Id"):
            self.assertTrue(may_not_be_declared(name), name)
        for name in ("known", "date", "request", "n\u00f6w", "id"):
            self.assertFalse(may_not_be_declared(name), name)


class Patterns(unittest.TestCase):
    def found(self, pattern: str, text: str) -> bool:
        return compile_tree(parse(pattern).tree).is_found_in(text)

    def test_found(self) -> None:
        for pattern, text in (
            ("b", "abc"), ("^a.c$", "a\U0001f600c"), ("[-x]", "-"), ("[^a-z]", "aéb"), ("^$", ""),
            (r"^\d{3}-[[:alpha:]]+?$", "123-ab"), ("(a|)*$", "b"), (r"\bx\b", "a x"), (r"[^\W-]", "-b"),
            ("^(?:ab){2,}\\z", "ababab"), ("^a{2}?$", "aa"), (r"^[\x{1f600}\]]+$", "]\U0001f600"), ("(^)*", ""),
        ):  # fmt: skip
            self.assertTrue(self.found(pattern, text), pattern)

    def test_not_found(self) -> None:
        for pattern, text in (
            ("^b", "ab"),
            ("a$", "a\n"),
            ("a.b", "a\nb"),
            (r"^\w$", "é"),
            (r"\d", "\u0660"),
        ):
            self.assertFalse(self.found(pattern, text), pattern)

    def test_none(self) -> None:
        for pattern in (
            "a**",
            "(",
            ")",
            "[",
            "[z-a]",
            "\\",
            r"\1",
            "(?=a)",
            "a{1001}",
            "*",
            "[[:x:]]",
            "[[]",
            "[]a]",
            "[^]",
            "[a-c-e]",
            "[a-\\d]",
            r"\Z",
            r"\Qa\E",
            r"\pL",
            r"\C",
            r"\012",
            r"\a",
            r"\x{d800}",
            r"\x{0000041}",
            "{",
            "a{,2}",
            "a{01}",
            "a{2,1}",
            "(?i)a",
            "(?P<n>a)",
            "(?<n>a)",
            "a{501}",
            "(" * 101 + ")" * 101,
            "a" * 1025,
        ):
            self.assertRaises(NotAPattern, parse, pattern)

    def test_bounds(self) -> None:
        for pattern in ("a{500}", "(" * 100 + ")" * 100, "(?:ab){200}", "a" * 1000, "[\\x41]" * 170):
            parse(pattern)

    def test_changed_by_step_2(self) -> None:
        for pattern, changed in (
            ("A", "A"),
            ("[A-Z]", "AZ"),
            (r"\W\x4A\x{4A}[\S]\B", ""),
            (r"\\A[\]Z]", "AZ"),
        ):
            self.assertEqual("".join(parse(pattern).changed_by_step_2), changed)


class Schemas(unittest.TestCase):
    def test_sound(self) -> None:
        for schema in (
            True, {}, {"type": ["null", "string"]}, {"enum": ["a", None]}, {"const": 1.0}, {"const": None},
            {"enum": [1, 2.5]}, {"type": "number", "enum": [1]}, {"enum": [True, False]},
            {"type": "string", "const": UUID, "persistent": True}, {"type": "array", "unordered": True},
            {"type": ["string", "null"], "enum": ["a", None]}, {"title": "", "$comment": ""},
        ):  # fmt: skip
            self.assertFalse(faulty(schema), schema)

    def test_faults(self) -> None:
        nested: object = True
        for _ in range(64):
            nested = {"type": "array", "items": nested}
        for schema in (
            False, 1, {"format": "x"}, {"type": "any"}, {"type": ["string"]}, {"type": ["null", "null"]},
            {"type": ["string", "integer"]}, {"title": 1}, {"enum": []}, {"enum": [1, 1.0]}, {"enum": ["a", 1]},
            {"enum": ["A"]}, {"const": " a"}, {"const": UUID}, {"const": {}}, {"const": 1, "enum": [1]},
            {"type": "string", "const": 1}, {"type": "integer", "const": 1.5}, {"minLength": 1},
            {"type": "integer", "const": 9007199254740992}, {"type": ["string", "null"], "const": "a"},
            {"type": "string", "enum": ["a", None]}, {"type": "string", "enum": ["ab"], "maxLength": 1},
            {"type": "string", "const": "b", "pattern": "a"}, {"type": "string", "pattern": "A"},
            {"type": "string", "pattern": "("}, {"type": "string", "minLength": 2, "maxLength": 1},
            {"type": "integer", "minimum": 2, "maximum": 1}, {"type": "array", "minItems": -1},
            {"type": "array", "minItems": 0.5}, {"type": "object"}, {"type": "array", "items": False},
            {"type": "object", "additionalProperties": False, "required": ["a"]},
            {"type": "object", "additionalProperties": False, "properties": {"uuid": True}},
            {"type": "string", "minimum": 1}, {"$ref": "#/$defs/none"}, {"$defs": {}},
            {"const": "a", "minItems": 0},
            nested,
        ):  # fmt: skip
            self.assertTrue(faulty(schema), schema)

    def test_definitions(self) -> None:
        ref = {"$ref": "#/$defs/a"}
        self.assertFalse(faulty(ref, {"a": {"type": "string"}}))
        self.assertTrue(faulty({**ref, "type": "string"}, {"a": True}))
        self.assertTrue(
            faulty(True, {"a": {"type": "array", "items": {"$ref": "#/$defs/b"}}, "b": ref})
        )
        self.assertTrue(faulty(True, {"a": {"type": "none"}}))
        root = {**shape({"p": ref}), "$defs": {"a": True}}
        self.assertFalse(root_faulty(root))
        self.assertTrue(root_faulty(root, {}))

    def test_root(self) -> None:
        self.assertTrue(root_faulty(True))
        self.assertTrue(root_faulty({"type": ["object", "null"], "additionalProperties": True}))
        self.assertTrue(root_faulty(shape({"host": True})))
        self.assertTrue(root_faulty(shape({"host": shape({"other": True})})))
        self.assertFalse(root_faulty(shape({"host": shape({"facts": True})})))


class Identities(unittest.TestCase):
    def test_category(self) -> None:
        for text in ("a", "a_", "a" * 64, "unrecognized"):
            self.assertEqual(read_category(text), text)
        for value in ("", "_a", "A", " a", "a\n", "a1", "a" * 65, 1.0, None):
            self.assertEqual(read_category(value), "unrecognized")

    def test_envelope(self) -> None:
        def arrived(data: bytes) -> tuple[str, object]:
            result = read_envelope(data)
            return result.category, result.refused_digest

        def digest(data: bytes) -> str:
            return sha256(data).hexdigest()

        for data in (b"{", b"[]", b'{"category":"a","x":' + b"[" * 65 + b"]" * 65 + b"}"):
            self.assertEqual(arrived(data), ("unrecognized", digest(data)))
        deep_duplicate = (
            b'{"category":"a","input":' + b"[" * 70 + b'{"a":1,"a":1}' + b"]" * 70 + b"}"
        )
        self.assertEqual(arrived(deep_duplicate), ("unrecognized", digest(deep_duplicate)))
        self.assertEqual(arrived(b'{"category":"a"}'), ("a", digest(b'{"category":"a"}')))
        for value in (
            b"[ 1 ]",
            b"null",
            b'{"a":' + b"[" * 64 + b"]" * 64 + b"}",
            b"{" + b" " * 1048575 + b"}",
        ):
            self.assertEqual(
                arrived(b'{"input": ' + value + b' ,"category":"a"}'), ("a", digest(value))
            )
        for value in (b"{}", b'{"a":' + b"[" * 63 + b"]" * 63 + b"}", b"{" + b" " * 1048574 + b"}"):
            self.assertEqual(arrived(b'{"input":' + value + b"}"), ("unrecognized", None))

    def test_bare(self) -> None:
        self.assertEqual(read_bare(b" [] ", "a").refused_digest, sha256(b"[]").hexdigest())
        self.assertEqual(read_bare(b" [ ", "A").refused_digest, sha256(b" [ ").hexdigest())
        self.assertEqual(read_bare(b" [ ", "A").category, "unrecognized")

    def test_normal_form(self) -> None:
        schema = shape(
            {
                "b": {"type": "string"},
                "a": {"type": "array", "unordered": True},
                "o": shape({"x": True}),
            },
            "b",
            additional={"type": ["integer", "null"]},
        )
        identity = judged(schema, '{"a":[10,9,"B","b",null],"b":" X ","Z":1e3,"o":{}}')
        self.assertEqual(identity.form, '{"Z":1000,"a":["b","b",10,9,null],"b":"x","o":{"x":null}}')
        self.assertIsNone(identity.refusal)
        text = identity.form + "tool_call3.0.0+" + BUNDLE
        self.assertEqual(identity.trace_id, sha256(text.encode()).hexdigest())
        self.assertEqual(judged(schema, '{"b":"x","o":null}').form, '{"a":null,"b":"x","o":null}')

    def test_refusals(self) -> None:
        strings = shape({"s": {"type": "string", "exact": True}, "o": True}, "s")
        for text, refusal in (
            ('{"o":1}', "MISSING_MANDATORY_INPUT"),
            (f'{{"o":"{UUID}","x":1}}', "MISSING_MANDATORY_INPUT"),
            ('{"s":null}', "INPUT_SHAPE_VIOLATION"),
            ('{"s":"A"}', "INPUT_SHAPE_VIOLATION"),
            (f'{{"s":"a","x":1,"o":"{UUID}"}}', "INPUT_SHAPE_VIOLATION"),
            (f'{{"s":"a","o":[{{"x":" {UUID.upper()} "}}]}}', "TRANSIENT_FIELD"),
            ('{"s":"a","host":null}', "INPUT_SHAPE_VIOLATION"),
        ):
            identity = judged(strings, text)
            self.assertEqual(identity.refusal, refusal, text)
            self.assertEqual(identity.form, f"[{generic_form(strict(text))}]")
        self.assertEqual(judged(strings, "[]").refusal, "MALFORMED_INPUT")
        unknown = identify(read_bare(b'{"b":"A","a":1}', "other"), {}, BUNDLE)
        self.assertEqual((unknown.refusal, unknown.form), ("UNKNOWN_CATEGORY", '[{"a":1,"b":"a"}]'))

    def test_host(self) -> None:
        host = '{"caller":"App","facts":{"x":1,"y":2},"more":1}'
        schema = shape(
            {"host": shape({"caller": True, "facts": shape({"x": True})}), "a": True}, "host"
        )
        self.assertEqual(
            judged(schema, "{}", host).form, '{"a":null,"host":{"caller":"app","facts":{"x":1}}}'
        )
        self.assertEqual(judged(schema, "{}").refusal, "MISSING_MANDATORY_INPUT")
        self.assertEqual(judged(schema, '{"host":{}}', host).form, '[{"host":{}}]')
        self.assertEqual(judged(schema, '{"host":{}}', host).refusal, "INPUT_SHAPE_VIOLATION")
        self.assertEqual(judged(shape({}), "{}", host).form, "{}")


if __name__ == "__main__":
    unittest.main()
