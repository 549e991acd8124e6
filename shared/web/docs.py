"""`/docs` without internet: Swagger UI from our own files, under a policy that lets it reach nothing but this service.

Also the pages that `type` of a problem points to.
"""

import html
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from shared.problems import not_found
from shared.web.kinds import KINDS, Kind
from shared.web.routes import Router

STATIC = Path(__file__).parent / "static"

MEDIA = {".js": "text/javascript", ".css": "text/css", ".png": "image/png", ".txt": "text/plain"}

# Swagger UI sets styles from script and shows its icons as data: images; nothing else needs an exception.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_HEAD = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'

_SWAGGER = (
    _HEAD + '<link rel="stylesheet" href="/docs/assets/swagger-ui.css">'
    '<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png"></head><body><div id="swagger-ui"></div>'
    '<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/assets/start.js"></script>'
    "</body></html>"
)

_PROBLEM = (
    _HEAD + '<link rel="stylesheet" href="/docs/assets/problem.css"></head><body><p>Problem <code>{slug}</code>, HTTP '
    "{status}</p><h1>{title}</h1><p>{meaning}</p><h2>What to do</h2><p>{remedy}</p></body></html>"
)


def serve_docs(app: FastAPI, service: str) -> None:
    app.include_router(_router(app, service))


def _router(app: FastAPI, service: str) -> APIRouter:
    router = Router(include_in_schema=False)

    @router.get("/")
    async def home() -> RedirectResponse:
        return RedirectResponse("/docs")

    @router.get("/docs")
    async def docs() -> Response:
        return _page(_SWAGGER.format(title=f"Rainmaker {service}"))

    @router.get("/openapi.json")
    async def openapi() -> JSONResponse:
        return JSONResponse(app.openapi(), headers={"Cache-Control": "no-cache"})

    @router.get("/docs/assets/{file}")
    async def asset(file: str) -> Response:
        path = STATIC / file
        if path.parent != STATIC or path.suffix not in MEDIA or not path.is_file():
            raise not_found("file")
        headers = {"Cache-Control": "public, max-age=86400"}
        return Response(path.read_bytes(), media_type=MEDIA[path.suffix], headers=headers)

    @router.get("/problems/{slug}")
    async def problem(slug: str) -> Response:
        if slug not in KINDS:
            raise not_found("kind of problem")
        return _page(problem_page(slug, KINDS[slug]))

    return router


def problem_page(slug: str, kind: Kind) -> str:
    texts = {"title": kind.title, "meaning": kind.meaning, "remedy": kind.remedy}
    return _PROBLEM.format(slug=slug, status=kind.status, **{name: html.escape(text) for name, text in texts.items()})


def _page(text: str) -> HTMLResponse:
    return HTMLResponse(text, headers={"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"})
