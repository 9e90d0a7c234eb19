"""What a report says of the moment it is made at: findings, access, the share, the chain's head."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from tokens.audit import head, verify
from tokens.audit.chain import GENESIS
from tokens.models import Account, ApiKey, Company, Snapshot, Token, UsageKey
from tokens.models.flag_queries import flagged
from tokens.policy.book import InForce
from tokens.policy.compliance import Tally
from tokens.policy.days import utc_day
from tokens.policy.flags import OUT_OF_POLICY
from tokens.policy.vocabulary import Flag
from tokens.selectors.compliance import Day, history, tallies, tally_now
from tokens.selectors.facts import rows
from tokens.selectors.filters import Filters
from tokens.selectors.inventory import flag_counts
from tokens.selectors.report_deeds import ROWS, first
from tokens.selectors.report_shape import (
    AccountFact,
    Chain,
    CompanyShare,
    Finding,
    KeyFact,
    Listing,
    Share,
)
from tokens.selectors.span import Span

#: So many days of the history stand in a report at most: every day, or every so many.
DAYS = 31
#: Findings that are named one by one: what is out of policy, and what was not revoked.
NAMED = (*OUT_OF_POLICY, Flag.REVOCATION_CONTRADICTED, Flag.NOT_REVOKED)
#: Longer chains are walked by the command alone, so that no page waits for seconds.
WALKED = 100_000


def share(span: Span, rules: InForce, now: datetime) -> Share:
    """How the span ended; where it ends today, that is the count of now, as the pages show it."""
    days = history(None, span.since, span.until)
    step = -(-len(days) // DAYS)
    kept = tuple(reversed(days[::-1][::step]))
    if span.until == utc_day(now):
        found = tallies(rules, now)
        names = dict(Company.objects.filter(pk__in=list(found)[:ROWS]).values_list("pk", "name"))
        listed = [CompanyShare(name, found[key]) for key, name in names.items()]
        return Share(tally_now(rules, now), kept, _sorted(listed, len(found) - len(listed)))
    return Share(days[-1].tally, kept, _companies_on(days[-1]))


def _companies_on(day: Day) -> Listing[CompanyShare]:
    found = Snapshot.objects.filter(day=day.day, company__isnull=False).order_by("company__name")
    parts = ("within", "out_of_policy", "unknown_age", "not_held", "excepted")
    listed = list(found.values_list("company__name", *parts)[:ROWS])
    more = found.count() - len(listed)
    return _sorted([CompanyShare(name, Tally(*numbers)) for name, *numbers in listed], more)


def _sorted(listed: list[CompanyShare], more: int) -> Listing[CompanyShare]:
    return Listing(tuple(sorted(listed, key=lambda each: each.company.casefold())), more)


def flag_numbers(rules: InForce, now: datetime) -> tuple[tuple[str, int], ...]:
    """How many tokens carry each flag, as the inventory's chips count them."""
    counts = flag_counts(Filters(all_states=True), rules, now)
    return tuple((flag.value, counts[flag.value]) for flag in Flag if counts[flag.value])


def findings(rules: InForce, now: datetime) -> Listing[Finding]:
    """Tokens out of policy or not revoked, the longest due first."""
    wrong = Q()
    for flag in NAMED:
        wrong |= flagged(flag, rules=rules, now=now)
    found = Token.objects.filter(wrong).order_by("due_at", "pk")
    kept = list(rows(found[: ROWS + 1], rules, now))
    more = found.count() - ROWS if len(kept) > ROWS else 0
    listed = (
        Finding(
            token=" · ".join(
                part
                for part in (row.integration, row.company, row.environment, row.label, row.hint)
                if part
            ),
            owner=row.owner_email,
            flags=tuple(row.flags),
            due_on=utc_day(row.due_at),
        )
        for row in kept[:ROWS]
    )
    return Listing(tuple(listed), more)


def accounts() -> Listing[AccountFact]:
    """Who can sign in, and who could once."""
    found = Account.objects.order_by("-is_active", "role", "email")
    return first(found, lambda one: AccountFact(one.email, one.role, one.is_active, one.created_at))


def keys(now: datetime) -> Listing[KeyFact]:
    """Keys in force: of scripts, and of integrations that report use."""
    own = ApiKey.objects.filter(revoked_at__isnull=True, expires_at__gt=now).order_by("name", "pk")
    usage = UsageKey.objects.filter(revoked_at__isnull=True).select_related("integration")
    scripts = first(own, _script)
    reporters = first(usage.order_by("integration__name", "pk"), _reporter)
    return Listing((*scripts.rows, *reporters.rows), scripts.more + reporters.more)


def _script(key: ApiKey) -> KeyFact:
    scope = ", ".join(key.permissions)
    return KeyFact(
        "script", key.name, key.hint, scope, key.created_by, key.expires_at, key.last_used_at
    )


def _reporter(key: UsageKey) -> KeyFact:
    name = key.integration.name
    scope = "reports use"
    return KeyFact("integration", name, key.hint, scope, key.created_by, None, key.last_used_at)


def chain(now: datetime, *, walk_all: bool) -> Chain:
    """The head of the audit trail, and whether it was just walked and found whole."""
    found = head()
    if found is None:
        return Chain(0, GENESIS, ok=False, first_bad=None, at=now)
    if not walk_all and found[0] > WALKED:
        return Chain(found[0], found[1], ok=None, first_bad=None, at=now)
    walked = verify()
    number, digest = head() or found
    return Chain(number, digest, ok=walked.ok, first_bad=walked.first_bad, at=now)
