"""Ten million companies, made up by arithmetic: one SQL text gives them as lines of a file and as stored figures.

So what pandas reads and what the roll-up holds are the same companies, and nothing has to be kept to know it.
"""

import sqlite3
from itertools import chain
from operator import itemgetter
from pathlib import Path

INDUSTRIES = 27
CURRENCIES = ("USD", "EUR", "JPY")
COLUMNS = ("name", "industry", "country", "currency", "revenue", "profit", "assets")

# Odd factors modulo 2^32 scatter; each column has one of its own. 1 in 50 lacks its profit, 1 in 50 its assets, 1 in
# 100 its country. Amounts are whole hundredths.
_NUMBERS = """
WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < :companies),
scattered AS (
    SELECT i,
        i * 2654435761 % 4294967296 / 4096 AS a,
        i * 2246822519 % 4294967296 AS b,
        i * 3266489917 % 4294967296 AS c,
        i * 668265263 % 4294967296 / 4096 % 100 AS d
    FROM numbers
),
made AS (
    SELECT i,
        'Industry ' || (a % 27) AS industry,
        CASE a / 27 % 3 WHEN 0 THEN 'USD' WHEN 1 THEN 'EUR' ELSE 'JPY' END AS currency,
        b % 100000000 AS revenue,
        c % 20000000 - 5000000 AS profit,
        d < 2 AS no_profit, d IN (2, 3) AS no_assets, d = 4 AS no_country
    FROM scattered
)
"""
_LINES = """
SELECT 'Company ' || i || ',' || industry || ',' || CASE WHEN no_country THEN '' ELSE 'DE' END || ',' || currency
    || ',' || printf('%d.%02d', revenue / 100, revenue % 100)
    || ',' || CASE WHEN no_profit THEN '' ELSE printf('%.2f', profit / 100.0) END
    || ',' || CASE WHEN no_assets THEN '' ELSE i END || char(10)
FROM made
"""
_FIGURES = """,
units AS (SELECT *, (profit + 10000000000) / 100 - 100000000 AS whole, (profit + 10000000000) % 100 AS rest FROM made)
INSERT INTO company_figures (company_id, sequence, industry, currency, missing, revenue_billions, revenue_units,
    revenue_nanos, profit_billions, profit_units, profit_nanos, as_of)
SELECT printf('com_%026d', i), 1, industry, currency,
    CASE WHEN no_profit THEN 'profit' WHEN no_assets THEN 'assets' WHEN no_country THEN 'country' ELSE '' END,
    0, CASE WHEN no_profit THEN 0 ELSE revenue / 100 END, CASE WHEN no_profit THEN 0 ELSE revenue % 100 * 10000000 END,
    CASE WHEN no_profit OR whole >= 0 THEN 0 ELSE -1 END,
    CASE WHEN no_profit THEN 0 WHEN whole < 0 THEN whole + 1000000000 ELSE whole END,
    CASE WHEN no_profit THEN 0 ELSE rest * 10000000 END,
    '2026-01-31 09:30:00.000000'
FROM units
"""


def write_file(path: Path, companies: int) -> None:
    connection = sqlite3.connect(":memory:")
    try:
        lines = map(itemgetter(0), connection.execute(_NUMBERS + _LINES, {"companies": companies}))
        with path.open("w", buffering=1 << 20) as file:
            file.writelines(chain([",".join(COLUMNS) + "\n"], lines))
    finally:
        connection.close()


def store_figures(path: Path, companies: int) -> None:
    """Into a SQLite database of analytics_svc that has its tables."""
    connection = sqlite3.connect(path)
    try:
        connection.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;")
        connection.execute(_NUMBERS + _FIGURES, {"companies": companies})
        connection.commit()
    finally:
        connection.close()
