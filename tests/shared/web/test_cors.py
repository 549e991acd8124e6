"""Pages of other origins: those that were named may ask and read; others may not read what they get."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from shared.settings import Settings, WrongSetting
from tests.shared.web import things

OURS, OTHER = "https://app.example.com", "https://evil.example.com"
ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}


@pytest.fixture
def open_to_ours(app: FastAPI, tmp_path: Path) -> FastAPI:
    settings = app.state.runtime.settings.model_copy(update={"cors_origins": f"{OURS} http://localhost:5173"})
    app.state.runtime.settings = settings
    return app


async def test_a_preflight_of_a_named_origin_says_what_it_may_send(open_to_ours: FastAPI) -> None:
    async with things.client_of(open_to_ours) as client:
        answer = await client.options("/v1/things", headers=ASKS | {"Origin": OURS})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, OURS)
    assert "POST" in answer.headers["access-control-allow-methods"]
    for header in ("Authorization", "Idempotency-Key", "If-Match"):
        assert header in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["vary"] == "Origin"


async def test_a_named_origin_reads_answers_and_refusals(open_to_ours: FastAPI, token: str) -> None:
    async with things.client_of(open_to_ours, token) as known, things.client_of(open_to_ours) as unknown:
        for client, status in ((known, 200), (unknown, 401)):
            answer = await client.get("/v1/things", headers={"Origin": OURS})
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, OURS)
            assert "X-Request-Id" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", [OTHER, OURS + ".evil.example", "null", OURS.upper(), "http://app.example.com"])
async def test_another_origin_may_read_nothing(open_to_ours: FastAPI, origin: str) -> None:
    async with things.client_of(open_to_ours) as client:
        preflight = await client.options("/v1/things", headers=ASKS | {"Origin": origin})
        answer = await client.get("/v1/things", headers={"Origin": origin})
    assert preflight.status_code == 405
    for one in (preflight, answer):
        assert not [name for name in one.headers if name.startswith("access-control")]
        assert one.headers["vary"] == "Origin"


async def test_without_the_setting_no_origin_is_let_in(app: FastAPI) -> None:
    async with things.client_of(app) as client:
        answer = await client.get("/v1/things", headers={"Origin": OURS})
    assert not [name for name in answer.headers if name.startswith("access-control") or name == "vary"]


@pytest.mark.parametrize("wrong", ["*", "https://*.example.com", "app.example.com", f"{OURS}/", f"{OURS} null"])
def test_what_is_no_origin_stops_the_start(wrong: str) -> None:
    with pytest.raises(WrongSetting, match="RAINMAKER_CORS_ORIGINS must be origins"):
        Settings.load({"RAINMAKER_CORS_ORIGINS": wrong})
