"""A report in words: sections of sentences and tables, which HTML and PDF only have to lay out."""

from __future__ import annotations

from tokens.policy.compliance import DENOMINATOR, Tally, share_sentence
from tokens.selectors import report_words_deeds
from tokens.selectors.report_shape import Report
from tokens.selectors.report_table import NONE, Section, Table, day, moment


def sections(report: Report) -> tuple[Section, ...]:
    """The whole report in the order in which it is read."""
    return (
        _share(report),
        _policies(report),
        report_words_deeds.exceptions(report),
        report_words_deeds.rotations(report),
        report_words_deeds.revocations(report),
        report_words_deeds.times(report),
        _findings(report),
        _access(report),
        _chain(report),
    )


def period(report: Report) -> str:
    """1 Oct 2026 to 24 Nov 2026 (UTC days, both included)."""
    return f"{day(report.span.since)} to {day(report.span.until)} (UTC days, both included)"


def percent(tally: Tally | None) -> str:
    """75%, or a dash where nothing counts."""
    return NONE if tally is None or tally.percent is None else f"{tally.percent}%"


def _numbers(tally: Tally) -> tuple[str, ...]:
    numbers = (tally.unknown_age, tally.not_held, tally.excepted)
    return (percent(tally), f"{tally.within} of {tally.counted}", *(str(each) for each in numbers))


_SHARE_HEADS = ("Share", "Within policy", "Unknown age", "Not held", "Excepted")


def _share(report: Report) -> Section:
    share = report.share
    end = "Nobody counted on the last day of this period."
    if share.end is not None:
        end = f"At the end of the period: {share_sentence(share.end)}"
    days = tuple(
        (day(each.day), *_numbers(each.tally))
        if each.tally is not None
        else (day(each.day), "not counted", *[NONE] * 4)
        for each in share.days
        # One day that was counted makes gaps of the others; before the first there is no table.
        if any(one.tally is not None for one in share.days)
    )
    companies = tuple((each.company, *_numbers(each.tally)) for each in share.companies.rows)
    return Section(
        "share",
        "Share within policy",
        (f"{end}", f"{DENOMINATOR}. The others are counted neither as within policy nor as out."),
        (
            Table(_by_day(report), ("Day", *_SHARE_HEADS), days),
            Table(
                "By company, at the end of the period",
                ("Company", *_SHARE_HEADS),
                companies,
                share.companies.more,
                "the compliance history has all of them",
            ),
        ),
    )


def _by_day(report: Report) -> str:
    step = -(-report.span.days // max(1, len(report.share.days)))
    return "By day" if step == 1 else f"By day, every {step} days back from the last one"


def _policies(report: Report) -> Section:
    rows = tuple(
        (
            f"{each.policy}{f', for {each.applies_to}' if each.applies_to else ''}",
            moment(each.since) if each.since else "the beginning",
            moment(each.until) if each.until else "still",
            "; ".join(f"{label}: {number}" for label, number in each.numbers),
            f"{each.by} (audit entry {each.entry})" if each.entry else "the product’s defaults",
        )
        for each in report.policies
    )
    heads = ("Policy", "In force from", "Until", "Numbers", "Put in force by")
    words = "As the audit trail tells it, from the product’s own defaults on."
    table = Table("Policies and their versions", heads, rows)
    return Section("policies", "Policy in force", (words,), (table,))


def _findings(report: Report) -> Section:
    flags = tuple((word.replace("_", " "), str(number)) for word, number in report.flags)
    rows = tuple(
        (each.token, each.owner or "nobody", " ".join(each.flags), day(each.due_on))
        for each in report.findings.rows
    )
    words = (
        (
            f"As things stand at {moment(report.made_at)}, when this report was made. Findings of "
            "the past are not kept; their number is in the share of each day."
        ),
    )
    named = Table(
        "Out of policy, or not revoked",
        ("Token", "Owner", "Flags", "Due"),
        rows,
        report.findings.more,
        "see the export of the inventory",
    )
    counts = Table("Tokens by flag", ("Flag", "Tokens"), flags)
    return Section("findings", "Open findings", words, (counts, named))


def _access(report: Report) -> Section:
    people = tuple(
        (each.email, each.role, "active" if each.active else "disabled", moment(each.created_at))
        for each in report.accounts.rows
    )
    keys = tuple(
        (each.name, each.kind, each.hint, each.scope, each.created_by, moment(each.expires_at),
         moment(each.last_used_at))
        for each in report.keys.rows
    )  # fmt: skip
    key_heads = ("Key", "Of a", "Hint", "May", "Made by", "Ends", "Last used")
    return Section(
        "access",
        "Who has access",
        ("To this product, when this report was made. Who can see tokens in Coolset is not here.",),
        (
            Table("Accounts", ("E-mail", "Role", "State", "Since"), people, report.accounts.more),
            Table("Keys in force", key_heads, keys, report.keys.more),
        ),
    )


def _chain(report: Report) -> Section:
    chain = report.chain
    verdict = {
        True: f"Walked from the first entry to the last at {moment(chain.at)}, and found whole.",
        False: "The chain is broken"
        + (f" at entry {chain.first_bad}" if chain.first_bad else ", its head is missing")
        + ": somebody changed it.",
        None: "Too long to be walked for a page: not verified. Run verify_audit, or make this "
        "report with the command, which walks all of it.",
    }[chain.ok]
    head = f"Head: entry {chain.number}, hash {chain.hash}"
    return Section("chain", "Audit trail", (head, verdict))
