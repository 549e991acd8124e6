"""The endpoints: what is refused, and how it is said; previews, progress, lists."""

import json
from typing import Any

import httpx
import pytest

from shared.imports.files import MOST_BYTES
from shared.imports.previewing import MOST_BYTES as MOST_LOOKED_AT
from shared.imports.tables import chunks
from tests.shared.imports.parcels import stored
from tests.shared.imports.world import CSV, World

GOOD = b"label;weight;sent\na;1,5;31.01.2026\nb;2,5;01.02.2026\n"


def pointers(answer: httpx.Response) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


async def untouched(world: World) -> bool:
    kept = await world.db.read(lambda session: session.execute(chunks.select()).all())
    return not kept and not await world.db.read(stored) and not (await world.client.get("/v1/imports")).json()["items"]


@pytest.mark.parametrize(
    ("params", "content", "pointer"),
    [
        ({"kind": "letters"}, GOOD, "/query/kind"),
        ({"kind": "parcels", "map": "size=weight"}, GOOD, "/query/map/size"),
        ({"kind": "parcels", "map": "weight=kilos"}, GOOD, "/query/map/kilos"),
        ({"kind": "parcels", "map": "weight"}, GOOD, "/query/map/0"),
        ({"kind": "parcels", "constant": "pieces=many"}, GOOD, "/query/constant/pieces"),
        ({"kind": "parcels", "constant": "color=red"}, GOOD, "/query/constant/color"),
        ({"kind": "parcels", "scale": "label=2"}, GOOD, "/query/scale/label"),
        ({"kind": "parcels", "scale": "weight=nan"}, GOOD, "/query/scale/0"),
        ({"kind": "parcels", "scale": "weight=1e-99999"}, GOOD, "/query/scale/weight"),
        ({"kind": "parcels", "date_format": "%H:%M"}, GOOD, "/query/date_format"),
        ({"kind": "parcels", "date_format": "%Y-%m-%d %d"}, GOOD, "/query/date_format"),
        ({"kind": "parcels", "decimal": ";"}, GOOD, "/query/decimal"),
        ({"kind": "parcels", "encoding": "latin-99"}, GOOD, "/query/encoding"),
        ({"kind": "parcels", "encoding": "undefined"}, GOOD, "/query/encoding"),
        ({"kind": "parcels", "encoding": "utf-7"}, b"label,+2AA-\na,b\n", "/query/encoding"),
        ({"kind": "parcels", "encoding": "raw_unicode_escape"}, b"label,\\ud800\na,b\n", "/query/encoding"),
        ({"kind": "parcels", "encoding": "utf-8"}, b"label\n" + "ä\nö\nü\n".encode("cp1252"), "/query/encoding"),
        ({"kind": "parcels", "delimiter": "ab"}, GOOD, "/query/delimiter"),
        ({"kind": "parcels"}, b"weight\n1\n", "/query/map/label"),
        ({"kind": "parcels"}, b"", ""),
        ({"kind": "parcels"}, b'"label,weight\n1,2', ""),
        ({"kind": "parcels", "map": ["label=", "weight=weight"]}, GOOD, "/query/map/label"),
        ({"kind": "parcels", "map": "weight=sent", "constant": "weight=1"}, GOOD, "/query/constant/weight"),
        ({"kind": "parcels"}, b"label,label\n1,2\n", "/query/map/label"),
    ],
)
async def test_what_does_not_fit_is_named_and_changes_nothing(
    world: World, params: dict[str, Any], content: bytes, pointer: str
) -> None:
    for answer in (await world.send(content, **params), await world.preview(content, **params)):
        assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text
    assert await untouched(world)


async def test_a_file_in_the_form_of_its_country_is_read_as_was_said(world: World) -> None:
    job = await world.imported(GOOD, kind="parcels", decimal=",", date_format="%d.%m.%Y", constant="pieces=7")
    assert (job["created"], job["delimiter"], job["encoding"]) == (2, ";", "utf-8")
    rows = await world.db.read(stored)
    assert [(row.weight, row.pieces, row.sent.isoformat()) for row in rows.values()] == [
        ("1.5", 7, "2026-01-31"),
        ("2.5", 7, "2026-02-01"),
    ]


async def test_columns_are_found_by_synonym_or_taken_as_said(world: World) -> None:
    content = "PAKET_NR;Gewicht;Stück;Notiz\nx;1000000;3;hallo\n".encode("cp1252")
    params = {"kind": "parcels", "map": ["pieces=Stück", "notes.de=Notiz"], "scale": "weight=0.000001"}
    seen = (await world.preview(content, **params)).json()
    assert seen["columns"] == {"pieces": "Stück", "notes.de": "Notiz", "label": "PAKET_NR", "weight": "Gewicht"}
    [row] = seen["first"]
    assert row == {
        "row": 1,
        "line": 2,
        "outcome": "created",
        "stored": {"label": "x", "weight": "1.000000", "pieces": 3, "sent": None, "notes": {"de": "hallo"}},
    }


async def test_a_preview_says_what_would_happen_and_changes_nothing(world: World) -> None:
    await world.imported(b"label,weight\na,1\nb,2\n", kind="parcels")
    content = b"label,weight,remark\na,1,\nb,3,\nc,4,\nd,x,\nunwanted,1,\n"
    seen = (await world.preview(content, kind="parcels", rows=2)).json()
    names = ("rows", "would_create", "would_change", "unchanged", "rejected", "complete")
    assert [seen[name] for name in names] == [5, 1, 1, 1, 2, True]
    assert [row["outcome"] for row in seen["first"]] == ["unchanged", "changed"]
    assert seen["unknown_columns"] == ["remark"]
    assert [(row["row"], row["line"], row["errors"][0]["pointer"]) for row in seen["rejects"]] == [
        (4, 5, "/weight"),
        (5, 6, "/label"),
    ]
    assert set(await world.db.read(stored)) == {"a", "b"}


async def test_a_preview_of_a_large_file_looks_at_its_beginning(world: World) -> None:
    content = b"label,remark\n" + b"".join(b"p%d,%s\n" % (n, b"x" * 4_000) for n in range(1_500))
    seen = (await world.preview(content, kind="parcels")).json()
    assert not seen["complete"] and seen["rejected"] == 0 and 1_000 < seen["rows"] < 1_500
    seen = (await world.preview(b"label\n" + b"".join(b"p%d\n" % n for n in range(2_001)), kind="parcels")).json()
    assert (seen["complete"], seen["rows"]) == (False, 2_000)


async def test_a_file_that_is_too_large_is_refused_in_a_sentence(world: World) -> None:
    headers = CSV | {"Content-Length": str(MOST_BYTES + 1)}
    answer = await world.client.post("/v1/imports", params={"kind": "parcels"}, content=b"label\n", headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (413, f"The body may have at most {MOST_BYTES} bytes.")
    assert await untouched(world)


async def test_only_files_are_taken(world: World) -> None:
    answer = await world.client.post("/v1/imports", params={"kind": "parcels"}, json={"label": "a"})
    assert answer.status_code == 415
    assert await untouched(world)


async def test_who_may_not_write_what_a_kind_stores_may_not_import_it(world: World) -> None:
    tokens = world.runtime.tokens
    headers = CSV | {"Authorization": f"Bearer {tokens.issue('user:other', ['imports:write', 'imports:read'], 60)}"}
    for path in ("/v1/imports", "/v1/imports:preview"):
        answer = await world.client.post(path, params={"kind": "parcels"}, content=GOOD, headers=headers)
        assert (answer.status_code, "parcels:write" in answer.text) == (403, True)
    job = await world.imported(b"label\na\n", kind="parcels")
    answer = await world.client.get(f"/v1/imports/{job['id']}/rejects.csv", headers=headers)
    assert answer.status_code == 403


async def test_progress_is_told_as_events_until_the_end(world: World) -> None:
    job = await world.imported(b"label\na\nb\n", kind="parcels")
    answer = await world.client.get(f"/v1/imports/{job['id']}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    name, _, data = answer.text.strip().splitlines()
    assert (name, json.loads(data.removeprefix("data: "))["rows"]) == ("event: done", 2)
    assert (await world.client.get("/v1/imports/imp_nobody/events")).status_code == 404


async def test_imports_are_listed_newest_first_and_by_state(world: World) -> None:
    ids = [(await world.imported(b"label\na\n", kind="parcels"))["id"] for _ in range(3)]
    listed = (await world.client.get("/v1/imports", params={"limit": 2})).json()
    assert [job["id"] for job in listed["items"]] == ids[:0:-1]
    more = await world.client.get("/v1/imports", params={"limit": 2, "cursor": listed["next_cursor"]})
    assert [job["id"] for job in more.json()["items"]] == ids[:1]
    assert (await world.client.get("/v1/imports", params={"state": "failed"})).json()["items"] == []


async def test_kinds_say_what_their_columns_are(world: World) -> None:
    [kind] = (await world.client.get("/v1/import-kinds")).json()["items"]
    assert (kind["name"], kind["scope"]) == ("parcels", "parcels:write")
    assert kind["columns"][0] == {
        "field": "label",
        "type": "text",
        "required": True,
        "synonyms": ["name", "Paket-Nr"],
        "about": "",
    }


async def test_a_column_that_is_there_twice_is_said_to_be(world: World) -> None:
    [error] = (await world.preview(b"label,label\n1,2\n", kind="parcels")).json()["errors"]
    assert error["detail"] == "The file has 2 columns of its name: rename all but one of them."


async def test_a_preview_of_nothing_but_a_header_and_blank_lines_is_empty(world: World) -> None:
    seen = (await world.preview(b"label\n" + b"\n" * MOST_LOOKED_AT, kind="parcels")).json()
    assert (seen["rows"], seen["complete"], seen["first"]) == (0, False, [])
