"""Checks the vectors against this implementation.

python3 vectors/python/check.py vectors/*.json
"""

from __future__ import annotations

import sys
from pathlib import Path

from cases import NoCase, expect_faulty, expect_identity
from strict_json import NotStrictJson, Value, read_strict_json


def differences(case: dict[str, Value]) -> list[str]:
    """What a case says otherwise than this implementation."""
    try:
        if "schema" in case:
            found: dict[str, Value] = {"faulty": expect_faulty(case)}
            expected: Value = {"faulty": case.get("faulty")}
        else:
            found, expected = expect_identity(case), case.get("expect")
    except NoCase as fault:
        return [str(fault)]
    if not isinstance(expected, dict):
        return ["expect is no object"]
    return [
        f"{name}: expected {expected.get(name)!r}, found {found.get(name)!r}"
        for name in {**expected, **found}
        if name not in expected or name not in found or expected[name] != found[name]
    ]


def read_cases(path: Path) -> list[Value]:
    vectors = read_strict_json(path.read_bytes()).root.value
    cases = vectors.get("cases") if isinstance(vectors, dict) else None
    if not isinstance(cases, list):
        raise NoCase("no object with an array of cases")
    return cases


def main(paths: list[str]) -> int:
    passed = failed = 0
    for path in paths:
        try:
            cases = read_cases(Path(path))
        except (OSError, NotStrictJson, NoCase) as fault:
            print(f"{path}: {fault}")
            failed += 1
            continue
        for case in cases:
            found = differences(case) if isinstance(case, dict) else ["no object"]
            if found:
                name = case.get("name") if isinstance(case, dict) else None
                print(f"{path}: {name}: " + "; ".join(found))
                failed += 1
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
