"""The policies that count now, and which of them holds for a token."""

from tokens.models import Policy, Token
from tokens.policy.book import BASE, Book, Choice, Place
from tokens.policy.settings import DEFAULT


def rules_in_force() -> Book:
    """What administrators set, else the product's defaults; one query."""
    rows = Policy.objects.select_related("company", "integration")
    base, others = DEFAULT, []
    for row in rows.order_by("pk"):
        if row.pk == BASE:
            base = row.rules()
        else:
            others.append(row.facts())
    return Book(base, tuple(others))


def choice_for(token: Token, book: Book) -> Choice:
    """The policy that holds for a token, by where it stands and what was chosen by hand."""
    place = Place(token.company_id, token.integration_id, token.environment, token.scope)
    return book.chosen(place, token.assigned_policy_id)
