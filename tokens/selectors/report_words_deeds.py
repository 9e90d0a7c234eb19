"""What was done in a report's span, in words: exceptions, rotations, revocations, times."""

from __future__ import annotations

from tokens.policy.vocabulary import Proof
from tokens.selectors import report_shape as shape
from tokens.selectors.report_shape import Report
from tokens.selectors.report_table import NONE, Section, Table, counted, day, moment, took

PROOFS = {
    Proof.CONFIRMED.value: "confirmed",
    Proof.CLAIMED.value: "recorded, not proven",
    Proof.CONTRADICTED.value: "contradicted: it still works!",
}


def exceptions(report: Report) -> Section:
    """Section of exceptions."""
    rows = tuple(
        (
            each.token,
            " ".join(each.flags),
            each.reason,
            each.asked_by,
            f"{each.decision}{f' by {each.decided_by}' if each.decided_by else ''}",
            f"{day(each.ends_on)}{f', ended {moment(each.closed_at)}' if each.closed_at else ''}",
        )
        for each in report.exceptions.rows
    )
    heads = ("Token", "Flags", "Reason", "Asked by", "Decision", "Last day")
    return Section(
        "exceptions",
        "Exceptions",
        (counted(report.exceptions, "exception", "asked for or in force in this period."),),
        (Table("Exceptions", heads, rows, report.exceptions.more, "see Exceptions"),),
    )


def rotations(report: Report) -> Section:
    """Section of rotations."""
    rows = tuple(
        (each.token, each.old_hint or NONE, each.new_hint or NONE, moment(each.finished_at),
         each.started_by)
        for each in report.rotations.rows
    )  # fmt: skip
    heads = ("Token", "Replaced", "By", "When", "Started by")
    return Section(
        "rotations",
        "Rotations",
        (counted(report.rotations, "rotation", "finished in this period."),),
        (Table("Rotations", heads, rows, report.rotations.more, "the audit trail has them"),),
    )


def revocations(report: Report) -> Section:
    """Section of revocations."""
    rows = tuple(
        (
            each.token,
            f"{moment(each.recorded_at)} by {each.by}: {each.reason}",
            PROOFS.get(each.proof, each.proof)
            + (f" ({each.proof_reason.replace('_', ' ')})" if each.proof_reason else ""),
            moment(each.last_accepted_at),
            moment(each.first_refused_at),
            str(each.witnesses),
        )
        for each in report.revocations.rows
    )
    heads = ("Token", "Recorded", "Proof", "Last accepted", "First refused", "Witnesses")
    words = (
        counted(report.revocations, "revocation", "recorded, confirmed or contradicted."),
        (
            "Confirmed means: Coolset accepted this value here before, and refused it twice after "
            "the recording. Witnesses are other tokens that it accepted in those minutes, so that "
            "the refusal was no failure of Coolset. It does not prove who revoked it."
        ),
    )
    table = Table("Revocations", heads, rows, report.revocations.more, "the audit trail has them")
    return Section("revocations", "Revocations and their proof", words, (table,))


def times(report: Report) -> Section:
    """Section of times."""
    return Section(
        "times",
        "Time to refusal",
        ("How long Coolset went on accepting a token after it should have refused it.",),
        (
            _table_of(report.compromises, "From a compromise to the refusal", "Recorded by"),
            _table_of(report.leavers, "From a creator’s leaving to the refusal", "Who left"),
        ),
    )


def _table_of(times: shape.Times, caption: str, whose: str) -> Table:
    rows = tuple(
        (each.token, each.person, moment(each.since), moment(each.refused_at), _took(each))
        for each in times.each.rows
    )
    total = times.each.total
    spread = f": {times.refused} of {total} refused" if total else ""
    middle = f", median {took(times.median)}" if times.median is not None else ""
    heads = ("Token", whose, "Since", "Refused", "Time")
    return Table(f"{caption}{spread}{middle}", heads, rows, times.each.more, "see the audit trail")


def _took(each: shape.Refusal) -> str:
    if each.took is not None:
        return took(each.took)
    return "recorded, cannot be proven" if each.unprovable else "not yet"
