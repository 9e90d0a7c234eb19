"""What a person does with an uploaded table: bring it, say which column is which, confirm it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from tokens.errors import InvalidInput, WrongState
from tokens.models import Account, DraftStatus, ImportDraft
from tokens.models.intake import KEPT
from tokens.policy.fields import Invalid
from tokens.policy.import_columns import checked, guess, missing
from tokens.services.csv_mapped import shown_headings
from tokens.services.csv_table import read_header
from tokens.services.intake.sealed import seal_into

_OVER = {DraftStatus.STORING.value, DraftStatus.DONE.value}


def start_import(
    *, source: bytes, allow_shared: bool, account: Account, now: datetime
) -> ImportDraft:
    """Take an upload: sealed at once, its columns guessed, its rows left to the worker.

    Raises ImportRefused for what is no table at all. Where the columns cannot be guessed the draft
    waits for a person (status `refused`, nothing found); so it does without a column of tokens,
    since a heading that is misspelt must not turn all of them into tokens that nobody holds.
    """
    header = read_header(source)
    mapping = guess(header)
    draft = ImportDraft(
        account=account,
        created_at=now,
        expires_at=now + KEPT,
        headings=shown_headings(header),
        mapping=mapping,
        allow_shared=allow_shared,
    )
    seal_into(draft, source)
    _hand_over(draft, now, ready="token" in mapping and not missing(mapping))
    draft.save()
    return draft


def map_columns(
    *, draft: ImportDraft, mapping: Mapping[str, str], allow_shared: bool, now: datetime
) -> ImportDraft:
    """Say which column is which; the worker looks at the rows again.

    Raises InvalidInput naming our column, WrongState once it is confirmed or gone.
    """
    try:
        found = checked(mapping, draft.headings)
    except Invalid as refusal:
        raise InvalidInput(refusal.reason, field=refusal.field) from None
    with transaction.atomic():
        draft = _locked(draft, now)
        draft.mapping, draft.allow_shared = found, allow_shared
        _hand_over(draft, now, ready=True)
        draft.save()
    return draft


def confirm_import(*, draft: ImportDraft, now: datetime) -> ImportDraft:
    """The word that stores all rows. Raises WrongState unless every row was found fine."""
    with transaction.atomic():
        draft = _locked(draft, now)
        if draft.status != DraftStatus.READY.value:
            raise WrongState("This file is not ready to be stored.")
        draft.status, draft.wanted_at, draft.problem = DraftStatus.STORING.value, now, ""
        draft.save()
    return draft


def drop_import(*, draft: ImportDraft, now: datetime) -> None:
    """Forget an upload. Raises WrongState once it is being stored."""
    with transaction.atomic():
        _locked(draft, now).delete()


def _locked(draft: ImportDraft, now: datetime) -> ImportDraft:
    rows = ImportDraft.objects.select_for_update(of=("self",)).select_related("account")
    row = rows.filter(pk=draft.pk, expires_at__gt=now).first()
    if row is None:
        raise WrongState("This upload was forgotten after an hour. Choose the file again.")
    if row.status in _OVER:
        raise WrongState("This file is being stored, or was stored already.")
    return row


def _hand_over(draft: ImportDraft, now: datetime, *, ready: bool) -> None:
    """To the worker, or back to a person; what was found before counts no more."""
    draft.status = DraftStatus.READING.value if ready else DraftStatus.REFUSED.value
    draft.wanted_at = now if ready else None
    draft.claim = draft.claimed_until = None
    draft.found, draft.rows, draft.rows_done, draft.problem = {}, 0, 0, ""
