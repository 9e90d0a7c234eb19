"""Read from the source: every `trail.add(Event.X, …, fact=…)` names an event and declared facts."""

import ast
from collections.abc import Iterator
from pathlib import Path

import tokens
from tokens.audit import Event
from tokens.audit.events import allowed_facts

ROOT = Path(tokens.__file__).parent


def _adds() -> Iterator[tuple[str, str, set[str]]]:
    """Place, event's name and facts given by keyword, of every call."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="add"),
                    args=[ast.Attribute(value=ast.Name(id="Event"), attr=name), *_],
                ):
                    facts = {word.arg for word in node.keywords if word.arg} - {"company"}
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", name, facts


def test_facts_given_are_declared() -> None:
    found = list(_adds())
    assert found
    undeclared = [
        (place, name, sorted(facts - allowed_facts(Event[name])))
        for place, name, facts in found
        if facts - allowed_facts(Event[name])
    ]
    assert undeclared == []
