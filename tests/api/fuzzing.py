"""Calls made up from the published schema, and what must hold of every answer to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as openapi

from coolset_admin.wsgi import application
from tests.factories import token_value

#: The same calls in every run, with nothing kept between runs and no clock that could fail one.
REPEATABLE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    verbosity=Verbosity.quiet,
)
CHECKS = [
    schemathesis.checks.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
]
#: A value in a vendor's shape, put in the place of something else; new in each run.
CANARY = token_value()


@contextmanager
def connection_kept() -> Iterator[None]:
    """As Django's own client does it: the end of a request is not the end of the test's rows."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@cache
def operations() -> dict[str, list[Any]]:
    """The published operations by their path."""
    with connection_kept():
        schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
    found: dict[str, list[Any]] = {}
    for each in schema.get_all_operations():
        assert isinstance(each, Ok), "an operation of the schema cannot be read"
        operation = each.ok()
        found.setdefault(operation.path, []).append(operation)
    return found


@st.composite
def calls(draw: st.DrawFn, operation: Any, ids: dict[str, str], odd: bool) -> Case[Any]:
    """A call as the schema allows it, or against it, at times with a token in the wrong place;
    of rows that are there, and where `odd` at times of addresses that are none."""
    mode = draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    known = {each.name: ids[each.name] for each in operation.path_parameters}
    there = not odd or draw(st.integers(0, 3)) > 0
    case: Case[Any] = draw(
        operation.as_strategy(generation_mode=mode, path_parameters=known if there else None)
    )
    if draw(st.booleans()):
        _plant(draw, case)
    return case


def _plant(draw: st.DrawFn, case: Case[Any]) -> None:
    """Put the canary into the query, or in the place of a value or a name of the body."""
    if isinstance(case.body, dict) and case.body and draw(st.integers(0, 3)) > 0:
        name = draw(st.sampled_from(sorted(case.body)))
        where = draw(st.sampled_from(["value", "list", "name", "map"]))
        maps = [{CANARY: CANARY}, {CANARY: [CANARY]}, {CANARY: {}}, {CANARY: [{}]}]
        new: dict[str, Any] = {
            "value": CANARY, "list": [CANARY], "map": draw(st.sampled_from(maps)), "name": 1
        }  # fmt: skip
        case.body = {**case.body, (CANARY if where == "name" else name): new[where]}
    elif isinstance(case.query, dict):
        name = draw(st.sampled_from([each.name for each in case.operation.query] or ["q"]))
        case.query = {**case.query, name: CANARY}
