"""People: who owns or created tokens that are in force, and who of them leaves or has left."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tokens.models import Integration, Person, RefusedAddress, Token
from tokens.policy.people import LEAVING_DAYS
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import State
from tokens.selectors.within import inside, people_within

ACTIVE = Q(state=State.ACTIVE.value)
IN_FORCE = ~Q(state=State.REVOKED.value)


def people(q: str = "", reach: Reach = EVERYTHING) -> QuerySet[Person]:
    """Everybody who owned or created a token, or goes; filtered by a part of the address.

    With `tokens_owned` and `tokens_created`: how many of those are in force (active or replaced)
    and within reach; and `refused`: whether the mail server refuses the address.
    """
    in_force = IN_FORCE & inside(reach)
    found = (
        people_within(reach)
        .annotate(
            tokens_owned=_count("owner", in_force),
            tokens_created=_count("created_by", in_force),
            refused=Exists(RefusedAddress.objects.filter(email=OuterRef("email"))),
        )
        .filter(
            Q(pk__in=Token.objects.filter(owner__isnull=False).values("owner"))
            | Q(pk__in=Token.objects.filter(created_by__isnull=False).values("created_by"))
            | Q(
                pk__in=Integration.objects.filter(second_contact__isnull=False).values(
                    "second_contact"
                )
            )
            | Q(leaving_on__isnull=False)
            | Q(left_on__isnull=False)
        )
    )
    return found.filter(email__icontains=q) if q else found


def leaving_people(today: date, reach: Reach = EVERYTHING) -> QuerySet[Person]:
    """Who leaves within `people.LEAVING_DAYS` (as `people.is_leaving_soon`) and still owns or
    created active tokens within reach: `tokens_owned`, `tokens_created`."""
    active = ACTIVE & inside(reach)
    soon = Q(leaving_on__gte=today, leaving_on__lte=today + timedelta(days=LEAVING_DAYS))
    still_here = Q(left_on__isnull=True) | Q(left_on__gt=today)
    counted = Person.objects.filter(soon & still_here).annotate(
        tokens_owned=_count("owner", active), tokens_created=_count("created_by", active)
    )
    return counted.filter(Q(tokens_owned__gt=0) | Q(tokens_created__gt=0))


def _count(column: str, condition: Q) -> Coalesce:
    rows = Token.objects.filter(condition, **{column: OuterRef("pk")}).order_by()
    counted = rows.values(column).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
