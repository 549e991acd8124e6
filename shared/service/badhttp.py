"""What is no HTTP is answered as everything else is: by a problem. uvicorn's own answer is a line of plain text.

There is no request yet that the application could see: an address with a blank in it, a header without a colon.
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.ids import new_id
from shared.problems import Problem
from shared.telemetry.logs import context
from shared.web.errors import answer

NOT_HTTP = Problem(
    400,
    "bad-request",
    "Bad request",
    "This is no HTTP/1.1.",
    headers={"Connection": "close", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
)


class Protocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=Protocol)`."""

    def send_400_response(self, msg: str) -> None:
        request_id = new_id("req")
        with context(request_id=request_id):
            said = answer(NOT_HTTP)
        said.headers["X-Request-Id"] = request_id
        head = [b"HTTP/1.1 400 Bad Request", *(name + b": " + value for name, value in said.raw_headers), b"", b""]
        self.transport.write(b"\r\n".join(head) + said.body)
        self.transport.close()
