"""Reads cases without `expect` as JSONL, writes their `expect` as JSONL.

    python3 vectors/python/identify.py < cases.jsonl

A case with a `schema` gives {"faulty": …}; one that cannot be judged {"error": …}.
"""

from __future__ import annotations

import sys

from canonical import canonical_json
from cases import NoCase, expect_faulty, expect_identity
from strict_json import NotStrictJson, Value, read_strict_json


def answer(line: bytes) -> Value:
    try:
        case = read_strict_json(line).root.value
        if not isinstance(case, dict):
            raise NoCase("no object")
        if "schema" in case:
            return {"faulty": expect_faulty(case)}
        return dict(expect_identity(case))
    except (NotStrictJson, NoCase) as fault:
        return {"error": str(fault)}


def main() -> None:
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(canonical_json(answer(line.rstrip(b"\n"))).encode("utf-8") + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
