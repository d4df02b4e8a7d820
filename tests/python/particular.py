"""Hooks of a proxy: servers that refuse some requests, and say which they take."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from faults import error_document
from s3_proxy import Exchange, Fault, Response


@dataclass
class Particular:
    """The hook of a proxy before a server that takes only some requests and says which."""

    refused: int = 0
    taken: int = 0

    def refusal(self, exchange: Exchange) -> Response | None:
        """Say what is wrong with a request; None if nothing is."""
        raise NotImplementedError

    def __call__(self, _method: str, _path: str) -> Fault:
        return self.deal_with

    def deal_with(self, exchange: Exchange) -> None:
        answer = self.refusal(exchange)
        if answer is None:
            self.taken += 1
            exchange.answer(exchange.forward())
        else:
            self.refused += 1
            exchange.read_body()
            exchange.answer(answer)


@dataclass
class WithOwnClock(Particular):
    """Its clock is wrong, or everybody else's is."""

    ahead: timedelta = timedelta(hours=2)

    def refusal(self, exchange: Exchange) -> Response | None:
        now = datetime.now(UTC) + self.ahead
        signed = datetime.strptime(exchange.headers["x-amz-date"], "%Y%m%dT%H%M%S%z")
        if abs(signed - now) < timedelta(minutes=15):
            return None
        headers = {"Date": format_datetime(now, usegmt=True), "Content-Type": "application/xml"}
        return Response(403, headers, error_document("RequestTimeTooSkewed"))


@dataclass
class InRegion(Particular):
    """The bucket is in another region than the client believes."""

    region: str = "eu-north-1"

    def refusal(self, exchange: Exchange) -> Response | None:
        scope = re.search("Credential=[^/]+/[0-9]+/([^/]+)/s3/", exchange.headers["Authorization"])
        if scope and scope[1] == self.region:
            return None
        headers = {"x-amz-bucket-region": self.region, "Content-Type": "application/xml"}
        return Response(301, headers, error_document("PermanentRedirect"))


@dataclass
class WithTokens(Particular):
    """All tokens that it has seen end when a part is put for the `nth` time."""

    nth: int = 2
    parts: int = 0
    seen: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def refusal(self, exchange: Exchange) -> Response | None:
        with self.lock:
            self.seen.add(exchange.headers["x-amz-security-token"])
            self.parts += "partNumber=" in exchange.path
            if self.parts == self.nth and not self.ended:
                self.ended = set(self.seen)
            if exchange.headers["x-amz-security-token"] not in self.ended:
                return None
        headers = {"Content-Type": "application/xml"}
        return Response(400, headers, error_document("ExpiredToken"))
