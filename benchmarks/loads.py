"""Asking pages as a browser does: one kept connection, one request after the other."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

WARM = 8


@dataclass(frozen=True, slots=True)
class Target:
    """One page of one server."""

    port: int
    path: str
    session: str


class WrongAnswer(RuntimeError):
    """A page that was to be measured answered something else than 200."""


class _Visitor:
    def __init__(self, target: Target) -> None:
        self._target = target
        self._connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
        self.times: list[float] = []

    def visit(self) -> None:
        begun = time.perf_counter()
        try:
            status = self._ask()
        except ConnectionError:  # kept longer than the server keeps connections
            self._connection.close()
            begun = time.perf_counter()
            status = self._ask()
        self.times.append(time.perf_counter() - begun)
        if status != 200:
            raise WrongAnswer(f"{self._target.path} answered {status}")

    def _ask(self) -> int:
        headers = {"Cookie": f"sessionid={self._target.session}"}
        self._connection.request("GET", self._target.path, headers=headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


def medians(targets: Sequence[Target], requests: int) -> list[float]:
    """Median milliseconds of each target, asked in turn, after some that warm it up."""
    visitors = [_Visitor(target) for target in targets]
    for number in range(WARM + requests):
        for visitor in visitors:
            visitor.visit()
            if number < WARM:
                visitor.times.clear()
    return [statistics.median(visitor.times) * 1000 for visitor in visitors]
