"""Numbers (1.2): which tokens survive binary64, and ECMAScript's Number::toString.

Everything here is linear in the token: a power of ten is never computed, digits
are only counted and compared.
"""

from __future__ import annotations

import re

MAX_SAFE_INTEGER = 2**53 - 1

_TOKEN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?)([0-9]+))?")

# Number::toString never gives more significant digits than this.
_MOST_DIGITS = 17

# An exponent of more digits than this cannot be made good by any token that
# fits a memory, so the value is no finite non-zero binary64.
_MOST_EXPONENT_DIGITS = 18

# Decimal exponents of finite non-zero binary64 values lie well within these.
_LEAST_MAGNITUDE, _GREATEST_MAGNITUDE = -330, 310


class DoesNotSurvive(ValueError):
    """The token's value is not the value that binary64 gives back."""


def read_number(token: str) -> float:
    """The value of a number token of RFC 8259; a zero is always 0.0."""
    sign, digits, exponent = _decimal(token)
    if digits == "":
        return 0.0
    magnitude = len(digits) + exponent
    if len(digits) > _MOST_DIGITS or not _LEAST_MAGNITUDE <= magnitude <= _GREATEST_MAGNITUDE:
        raise DoesNotSurvive(token[:80])
    # float() of a text rounds correctly, ties to even; what is beyond the range
    # becomes inf or 0, whose decimal is not the token's.
    value = float(f"{sign}{digits}e{exponent}")
    if value in (float("inf"), float("-inf")) or _decimal(repr(value)) != (sign, digits, exponent):
        raise DoesNotSurvive(token)
    return value


def _decimal(token: str) -> tuple[str, str, int]:
    """Sign, digits, exponent: the value is digits x 10^exponent exactly.

    The digits have no zero at either end, so equal values have equal triples.
    All zeros are one triple. Where the exponent has too many digits to be of
    use, one that is as useless is given instead.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise ValueError(f"not a number token: {token[:80]}")
    sign, whole, fraction, exponent_sign, exponent_digits = (part or "" for part in match.groups())
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if significant == "":
        return "", "", 0
    exponent_digits = exponent_digits.lstrip("0")[: _MOST_EXPONENT_DIGITS + 1]
    exponent = int(exponent_sign + (exponent_digits or "0"))
    return sign, significant, exponent - len(fraction) + len(digits) - len(significant)


def is_integral(value: float) -> bool:
    """Integer in the sense of 5.3: integral and at most 2^53 - 1 in magnitude."""
    return value.is_integer() and abs(value) <= MAX_SAFE_INTEGER


def number_to_string(value: float) -> str:
    """ECMAScript's Number::toString of a finite number.

    Python's repr gives the same digits, the shortest that read back as the
    value and of these the nearest; only where the point stands differs.
    """
    sign, digits, exponent = _decimal(repr(value))
    if digits == "":
        return "0"
    point = len(digits) + exponent  # ECMAScript's n: value = 0.digits x 10^n
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{sign}{mantissa}e{point - 1:+d}"
