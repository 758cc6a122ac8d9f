"""The group of edwards25519, as far as commitments need it: add, multiply, encode, and a second generator.

Plain integers, not constant time: it is used for commitments that their owner makes and others check, never for keys
that sign. Points of small order are refused by checking with the cofactor.
Reading order: Point, decode(), multiply(), second_generator().
Source: RFC 8032, section 5.1 (curve, encoding, formulas).
"""

from __future__ import annotations

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
_ROOT = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]  # X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z
ZERO: Point = (0, 1, 1, 0)


class BadPoint(ValueError):
    """Bytes that are no point of the group."""


def add(p: Point, q: Point) -> Point:
    """p + q."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def negate(p: Point) -> Point:
    return (-p[0] % P, p[1], p[2], -p[3] % P)


def multiply(p: Point, n: int) -> Point:
    """n times p, n reduced by the order of the group."""
    n %= ORDER
    found = ZERO
    while n:
        if n & 1:
            found = add(found, p)
        p, n = add(p, p), n >> 1
    return found


def equal(p: Point, q: Point) -> bool:
    """True when p and q differ at most by a point of small order."""
    r = add(p, negate(q))
    for _ in range(3):
        r = add(r, r)
    return r[0] % P == 0 and (r[1] - r[2]) % P == 0


def encode(p: Point) -> bytes:
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(raw: bytes) -> Point:
    """32 bytes -> point; raises BadPoint."""
    if len(raw) != 32:
        raise BadPoint(f"a point has 32 bytes, not {len(raw)}")
    number = int.from_bytes(raw, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if y >= P:
        raise BadPoint("it is not written in its one form")
    x = _x(y, sign)
    if x is None:
        raise BadPoint("it is no point of the curve")
    return (x, y, 1, x * y % P)


def _x(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * _ROOT % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def base_point() -> Point:
    """The generator of RFC 8032 (y = 4/5, x even)."""
    y = 4 * pow(5, P - 2, P) % P
    x = _x(y, 0)
    assert x is not None
    return (x, y, 1, x * y % P)


def second_generator(name: bytes) -> Point:
    """A point nobody knows as a multiple of the first: hashed from a name until it is on the curve, then times 8."""
    for counter in range(256):
        raw = bytearray(hashlib.sha256(name + bytes([counter])).digest())
        raw[31] &= 0x7F
        try:
            p = decode(bytes(raw))
        except BadPoint:
            continue
        for _ in range(3):
            p = add(p, p)
        if not equal(p, ZERO):
            return p
    raise BadPoint("no point was found")  # pragma: no cover - one in 2**256
