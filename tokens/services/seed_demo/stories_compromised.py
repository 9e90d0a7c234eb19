"""The story of a value that turned up where it should not be."""

from __future__ import annotations

from tokens.services.seed_demo.deck import FINANCE, Deck, connector
from tokens.services.seed_demo.shape import Compromise, Sample


def _in_a_repository(deck: Deck) -> list[Sample]:
    """Found this morning, nothing done about it yet, and still in use."""
    lake = connector("Data lake")
    sample = deck.sample(deck.place(deck.own_company(lake), lake), age=23)
    reason = "Found in the history of a public repository, in a notebook of the data team"
    sample.acts = [Compromise(deck.hours_ago(3, 40), FINANCE, reason)]
    return [sample]


COMPROMISED = (_in_a_repository,)
