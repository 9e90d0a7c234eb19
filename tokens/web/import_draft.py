"""An upload on its way in: what was found, which column is which, and the word that stores."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from tokens.errors import InvalidInput, WrongState
from tokens.models import DraftStatus, ImportDraft
from tokens.policy.roles import Permission
from tokens.services.intake.draft import confirm_import, drop_import, map_columns
from tokens.web.access import needs
from tokens.web.dispatch import wake_worker
from tokens.web.import_forms import LABELS, MappingForm

#: Rows on one page of the preview.
SIZE = 100
_BUSY = {DraftStatus.READING.value, DraftStatus.STORING.value}


@needs(Permission.REGISTER)
@require_http_methods(["GET", "POST"])
def import_draft(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Where the upload stands; a POST takes a step, named by `step`."""
    draft, now = _mine(request, draft_id, timezone.now()), timezone.now()
    if request.method != "POST":
        if request.headers.get("HX-Request"):
            return _fragment(request, draft)
        return _page(request, draft, _form(draft))
    try:
        return _step(request, draft, now)
    except WrongState as error:
        messages.warning(request, error.message)
        return redirect("token-import")


def _step(request: HttpRequest, draft: ImportDraft, now: datetime) -> HttpResponse:
    step = request.POST.get("step", "")
    if step == "drop":
        drop_import(draft=draft, now=now)
        messages.success(request, "The upload was forgotten. Nothing of it was stored.")
        return redirect("token-import")
    if step == "store":
        confirm_import(draft=draft, now=now)
    elif step == "map":
        form = _form(draft, request.POST)
        if not (form.is_valid() and _mapped(draft, form, now)):
            return _page(request, draft, form, status=400)
    else:
        return render(request, "400.html", status=400)
    wake_worker("tokens.intake")
    return redirect("token-import-draft", draft.pk)


def _mapped(draft: ImportDraft, form: MappingForm, now: datetime) -> bool:
    try:
        map_columns(
            draft=draft,
            mapping=form.mapping,
            allow_shared=form.cleaned_data["allow_shared"],
            now=now,
        )
    except InvalidInput as refusal:
        form.refuse(refusal)
        return False
    return True


def _mine(request: HttpRequest, draft_id: UUID, now: datetime) -> ImportDraft:
    """The draft, if this account brought it and its hour is not over."""
    found = ImportDraft.objects.filter(pk=draft_id, account=request.user.pk, expires_at__gt=now)
    draft = found.defer("sealed").first()
    if draft is None:
        raise Http404("no such upload")
    return draft


def _form(draft: ImportDraft, data: Any = None) -> MappingForm:
    return MappingForm(
        data, headings=draft.headings, mapping=draft.mapping, allow_shared=draft.allow_shared
    )


def _fragment(request: HttpRequest, draft: ImportDraft) -> HttpResponse:
    """What polls while the worker is busy; any news reloads the page."""
    if draft.status not in _BUSY:
        return HttpResponseClientRefresh()
    return render(request, "tokens/import_busy.html", {"draft": draft})


def _page(
    request: HttpRequest, draft: ImportDraft, form: MappingForm, status: int = 200
) -> HttpResponse:
    rows = draft.found.get("rows", [])
    number = _number(request.GET.get("page", ""), len(rows))
    chosen = rows[(number - 1) * SIZE : number * SIZE]
    context = {
        "draft": draft,
        "form": form,
        "busy": draft.status in _BUSY,
        "rows": [{**row, "due": datetime.fromisoformat(row["due_at"])} for row in chosen],
        "errors": [
            (line, LABELS.get(column, column), column, reason)
            for line, column, reason in draft.found.get("errors", [])
        ],
        "bad_rows": len({line for line, _, _ in draft.found.get("errors", [])}),
        "next": number + 1 if number * SIZE < len(rows) else 0,
        "previous": number - 1,
        "read_as": _read_as(draft),
        "not_held": sum(not row["held"] for row in rows),
        "left_out": [
            heading
            for at, heading in enumerate(draft.headings)
            if str(at) not in draft.mapping.values()
        ],
    }
    return render(request, "tokens/import_draft.html", context, status=status)


def _read_as(draft: ImportDraft) -> list[tuple[str, str]]:
    """Our columns and what stands for them in this file, in words."""
    return [
        (
            LABELS[column],
            f"{source[1:]}, in every row"
            if source.startswith("=")
            else draft.headings[int(source)],
        )
        for column, source in draft.mapping.items()
    ]


def _number(text: str, rows: int) -> int:
    """A page of the preview that there is; the first for anything else."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return number if number > 0 and (number - 1) * SIZE < max(rows, 1) else 1
