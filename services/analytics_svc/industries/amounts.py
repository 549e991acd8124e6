"""Amounts that any number of companies may be added up of, exactly, in columns of 64 bits.

A database adds integers exactly, but two amounts that fit may have a sum that does not: PostgreSQL then refuses, SQLite
goes on in floating point. So an amount is three columns, each added up by itself:

    billions * 10**18 + units * 10**9 + nanos        in thousand-millionths of the currency's unit

`units` and `nanos` are from 0 to 10**9 - 1, `billions` carries the sign. A sum of some 10**9 companies still fits.
"""

from fractions import Fraction

from shared.money import NANOS, Money

Parts = tuple[int, int, int]

NOTHING: Parts = (0, 0, 0)


def parts_of(money: Money) -> Parts:
    return split(money.in_nanos)


def split(nanos: int) -> Parts:
    units, rest = divmod(nanos, NANOS)
    return units // NANOS, units % NANOS, rest


def joined(billions: int, units: int, nanos: int) -> int:
    """In thousand-millionths, of any sums of parts."""
    return (billions * NANOS + units) * NANOS + nanos


def mean(nanos: int, n: int) -> int:
    """Exact, then rounded half to even at the ninth decimal."""
    return round(Fraction(nanos, n))
