"""A client as the API asks for one: it comes again when it is told to, and nothing is done twice."""

import asyncio

import httpx

from shared.ids import new_id

TRIES = 30


class Careful(httpx.AsyncHTTPTransport):
    """After a 503 with `Retry-After` the same request is sent again; a POST bears an Idempotency-Key from the start."""

    told_to_come_again = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            request.headers.setdefault("Idempotency-Key", new_id("key"))
        for _ in range(TRIES - 1):
            answer = await super().handle_async_request(request)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or "Retry-After" not in answer.headers:
                return answer
            await answer.aclose()
            self.told_to_come_again += 1
            await asyncio.sleep(float(answer.headers["Retry-After"]))
        return await super().handle_async_request(request)
