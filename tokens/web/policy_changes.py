"""What a change of policies would do, in the words of the pages."""

from __future__ import annotations

from typing import Any

from tokens.policy.book import PolicyFacts
from tokens.selectors.policy_preview import Preview
from tokens.web.policy_forms import LABELS, values_of
from tokens.web.words import FLAG_WORDS


def shown(found: Preview) -> dict[str, Any]:
    """What the templates say of a preview: effects and examples with their words."""
    words = [(FLAG_WORDS[effect.flag][0], effect) for effect in found.effects]
    examples = [(FLAG_WORDS[one.flag][0], one) for one in found.examples]
    return {"found": found, "preview": words, "examples": examples}


def changes(present: PolicyFacts | None, proposal: PolicyFacts) -> list[tuple[str, object, object]]:
    """(label, old, new) of what differs; all that is named, of a new policy."""
    old = values_of(present) if present else {}
    return [
        (LABELS[name], _shown_as(old.get(name, "")), _shown_as(value))
        for name, value in values_of(proposal).items()
        if (old.get(name) != value if present else value not in ("", None))
    ]


def _shown_as(value: object) -> object:
    """What is not named may be anything."""
    return "any" if value == "" else value
