"""What can happen to a request on its way to S3 and back, each by its name.

A fault is called with the `Exchange` in the proxy instead of letting the request through. `takes`
says of which operations it can come.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from s3_proxy import Exchange, Response

OPERATIONS = ("create", "part", "complete", "abort", "list uploads", "list parts", "put", "head")
#: Those that are answered with a document.
_WITH_DOCUMENT = frozenset({"create", "complete", "list uploads", "list parts"})
_WITH_BODY = frozenset({"part", "put", "complete"})


def operation(method: str, path: str) -> str:
    """Name what a request asks for: one of `OPERATIONS`, or "get"."""
    of_upload = "uploadId=" in path
    names = {
        "POST": "complete" if of_upload else "create",
        "PUT": "part" if of_upload else "put",
        "GET": "list parts" if of_upload else "get",
        "DELETE": "abort",
        "HEAD": "head",
    }
    if method == "GET" and re.search(r"[?&]uploads", path):
        return "list uploads"
    return names[method]


def outwait(exchange: Exchange) -> None:
    """Wait until the client has given up.

    libcurl calls it a stall when its mean of some six seconds has been low for long enough. For a
    complete ccog waits ten minutes; the proxy does not.
    """
    exchange.wait(4 if operation(exchange.method, exchange.path) == "complete" else 15)


def error_document(code: str) -> bytes:
    """Make the body in which S3 says what went wrong."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
        "<Message>So says the fault proxy.</Message></Error>"
    ).encode()


_XML = {"Content-Type": "application/xml"}


@dataclass(frozen=True)
class Fault:
    """What all have in common.

    Attributes
    ----------
    takes:
        The operations that it can happen to.
    lasts:
        To how many attempts in a row it happens.
    """

    takes: ClassVar[frozenset[str]] = frozenset(OPERATIONS)
    lasts: ClassVar[int] = 1

    def __call__(self, exchange: Exchange) -> None:
        raise NotImplementedError


# ---------------------------------------------------------------- the server never knows


@dataclass(frozen=True)
class ResetBeforeBody(Fault):
    """The connection breaks when the headers have come."""

    def __call__(self, exchange: Exchange) -> None:
        exchange.reset()


@dataclass(frozen=True)
class ResetInBody(Fault):
    """The connection breaks in the middle of the body."""

    takes = _WITH_BODY

    def __call__(self, exchange: Exchange) -> None:
        exchange.read_body(exchange.body_bytes // 2)
        exchange.reset()


@dataclass(frozen=True)
class StallInBody(Fault):
    """Half of the body is taken, and then nothing happens any more."""

    takes = frozenset({"part", "put"})

    def __call__(self, exchange: Exchange) -> None:
        exchange.read_body(exchange.body_bytes // 2)
        outwait(exchange)
        exchange.reset()


@dataclass(frozen=True)
class Stall(Fault):
    """The request is taken, and no answer ever comes."""

    def __call__(self, exchange: Exchange) -> None:
        exchange.read_body()
        outwait(exchange)
        exchange.hang_up()


@dataclass(frozen=True)
class HangUp(Fault):
    """The connection ends, properly, without an answer."""

    def __call__(self, exchange: Exchange) -> None:
        exchange.read_body()
        exchange.hang_up()


@dataclass(frozen=True)
class Refuse(Fault):
    """An error of S3's; without a code, one of a load balancer before it."""

    status: int
    code: str = ""
    retry_after: str = ""

    def __call__(self, exchange: Exchange) -> None:
        exchange.read_body()
        headers = _XML | ({"Retry-After": self.retry_after} if self.retry_after else {})
        body = error_document(self.code) if self.code else b""
        exchange.answer(Response(self.status, headers, body))


@dataclass(frozen=True)
class SlowDownBurst(Refuse):
    """Throttling goes on for some attempts."""

    status: int = 503
    code: str = "SlowDown"
    lasts = 3


@dataclass(frozen=True)
class RequestTimeout(Refuse):
    """S3 has waited for the body for too long."""

    status: int = 400
    code: str = "RequestTimeout"
    takes = _WITH_BODY


@dataclass(frozen=True)
class InvalidPart(Refuse):
    """S3 does not find a part that it has listed."""

    status: int = 400
    code: str = "InvalidPart"
    takes = frozenset({"complete"})


@dataclass(frozen=True)
class NoSuchUpload(Refuse):
    """S3 has lost the upload, it says. It does not say so of one that is to be ended."""

    status: int = 404
    code: str = "NoSuchUpload"
    takes = frozenset({"part", "complete", "list parts"})


@dataclass(frozen=True)
class ErrorIn200(Fault):
    """An error in the body of a good answer, and nothing done."""

    code: str = "InternalError"
    takes = frozenset(OPERATIONS) - {"head", "abort"}

    def __call__(self, exchange: Exchange) -> None:
        exchange.read_body()
        exchange.answer(Response(200, _XML, error_document(self.code)))


@dataclass(frozen=True)
class Garbage(Fault):
    """Somebody else answers, in words of his own."""

    body: bytes = b"<html><body>Welcome to the guest network!</body></html>"
    takes = frozenset(OPERATIONS) - {"head"}

    def __call__(self, exchange: Exchange) -> None:
        exchange.read_body()
        exchange.answer(Response(200, {"Content-Type": "text/html"}, self.body))


@dataclass(frozen=True)
class NotHttp(Fault):
    """What comes back is no HTTP."""

    def __call__(self, exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(b"220 mail.example.com ESMTP\r\n")
        exchange.hang_up()


# ---------------------------------------------------------------- the server has done it


@dataclass(frozen=True)
class LoseAnswer(Fault):
    """The server has done it, and the connection breaks before it can say so."""

    def __call__(self, exchange: Exchange) -> None:
        exchange.forward()
        exchange.reset()


@dataclass(frozen=True)
class ReplaceAnswer(Fault):
    """The server has done it, and somebody says that it went wrong."""

    status: int = 500
    code: str = "InternalError"

    def __call__(self, exchange: Exchange) -> None:
        exchange.forward()
        exchange.answer(Response(self.status, _XML, error_document(self.code)))


@dataclass(frozen=True)
class ErrorIn200AfterAll(Fault):
    """The server has done it, and the body of its good answer says that it has not."""

    takes = frozenset({"complete"})

    def __call__(self, exchange: Exchange) -> None:
        exchange.forward()
        exchange.answer(Response(200, _XML, error_document("InternalError")))


@dataclass(frozen=True)
class CutHeaders(Fault):
    """The connection ends in the middle of the answer's headers."""

    def __call__(self, exchange: Exchange) -> None:
        head = exchange.head(exchange.forward())
        exchange.send(head[: 2 * len(head) // 3])
        exchange.hang_up()


@dataclass(frozen=True)
class CutBody(Fault):
    """The answer is shorter than its headers say."""

    takes = _WITH_DOCUMENT

    def __call__(self, exchange: Exchange) -> None:
        response = exchange.forward()
        half = response._replace(body=response.body[: len(response.body) // 2])
        exchange.answer(half, claimed_bytes=len(response.body))


@dataclass(frozen=True)
class CutDocument(Fault):
    """The answer ends in the middle of its document, and says that this is all."""

    takes = _WITH_DOCUMENT

    def __call__(self, exchange: Exchange) -> None:
        response = exchange.forward()
        exchange.answer(response._replace(body=response.body[: 2 * len(response.body) // 3]))


@dataclass(frozen=True)
class EmptyBody(Fault):
    """The answer has lost its document."""

    takes = _WITH_DOCUMENT

    def __call__(self, exchange: Exchange) -> None:
        exchange.answer(exchange.forward()._replace(body=b""))


@dataclass(frozen=True)
class LateAnswer(Fault):
    """The server has done it at once, and says so when nobody listens any more."""

    def __call__(self, exchange: Exchange) -> None:
        response = exchange.forward()
        outwait(exchange)
        exchange.answer(response)
        exchange.hang_up()


@dataclass(frozen=True)
class CloseWhenIdle(Fault):
    """All goes well, but the connection does not live to see the next request."""

    def __call__(self, exchange: Exchange) -> None:
        exchange.answer(exchange.forward())
        exchange.hang_up()


@dataclass(frozen=True)
class ResetWhenIdle(Fault):
    """As `CloseWhenIdle`, but by a reset some time after the answer."""

    def __call__(self, exchange: Exchange) -> None:
        exchange.answer(exchange.forward())
        exchange.wait(0.01)
        exchange.reset()


# ---------------------------------------------------------------- the server does it twice, or late


@dataclass(frozen=True)
class Twice(Fault):
    """Somebody on the way sends the request again by himself; the second answer is given."""

    def __call__(self, exchange: Exchange) -> None:
        exchange.forward()
        exchange.answer(exchange.forward())


@dataclass(frozen=True)
class LateRequest(Fault):
    """The request comes to the server when the client has long asked again."""

    def __call__(self, exchange: Exchange) -> None:
        exchange.read_body()
        outwait(exchange)
        exchange.forward()
        exchange.hang_up()


#: Another attempt is the answer to each of these.
PASSING: tuple[Fault, ...] = (
    ResetBeforeBody(),
    ResetInBody(),
    StallInBody(),
    Stall(),
    HangUp(),
    SlowDownBurst(),
    SlowDownBurst(retry_after="1"),
    Refuse(503),
    Refuse(500, "InternalError"),
    Refuse(502),
    Refuse(429, "TooManyRequests"),
    Refuse(429, retry_after="1"),
    RequestTimeout(),
    InvalidPart(),
    ErrorIn200(),
    ErrorIn200("SlowDown"),
    Garbage(),
    Garbage(b"\0\xff\xfe"),
    NotHttp(),
    LoseAnswer(),
    ReplaceAnswer(),
    ReplaceAnswer(503, "ServiceUnavailable"),
    ErrorIn200AfterAll(),
    CutHeaders(),
    CutBody(),
    CutDocument(),
    EmptyBody(),
    LateAnswer(),
    CloseWhenIdle(),
    ResetWhenIdle(),
    Twice(),
    LateRequest(),
)
#: Nothing helps against these.
LASTING: tuple[Fault, ...] = (
    Refuse(403, "AccessDenied"),
    Refuse(400, "InvalidRequest"),
    NoSuchUpload(),
    Refuse(404, "NoSuchBucket"),
    Refuse(501, "NotImplemented"),
)
#: What of these happens to the creation of an upload can leave one that nobody knows of.
CAN_ORPHAN = (Twice, LateRequest)
