"""Importing a CSV file: an upload is sealed at once and becomes a draft, with a page of its own.

Whoever sends `confirm=yes` with the file, as a script may, has it stored in this very request.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from tokens.audit import account as actor_of
from tokens.errors import WrongState
from tokens.models import DraftStatus, ImportDraft
from tokens.policy.roles import Permission
from tokens.services.csv_table import COLUMNS
from tokens.services.import_csv import ImportRefused, ImportResult, import_csv
from tokens.services.intake.draft import start_import
from tokens.web.access import needs
from tokens.web.dispatch import wake_worker
from tokens.web.import_forms import ImportForm
from tokens.web.tables import empty_table


@needs(Permission.REGISTER)
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def token_import(request: HttpRequest) -> HttpResponse:
    """The form; a POST takes the file in, to be looked at before anything of it is stored."""
    if request.method != "POST":
        return _page(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        if request.POST.get("confirm") == "yes":
            return _done(request, _store(request, form))
        draft = start_import(
            source=form.cleaned_data["file"].getvalue(),
            allow_shared=form.cleaned_data["allow_shared"],
            account=request.user,  # type: ignore[arg-type]  # nobody else may
            now=timezone.now(),
        )
    except ImportRefused as refused:
        return _page(request, ImportForm(), status=400, refused=refused)
    except WrongState as error:
        form.add_error(None, error.message)
        return _page(request, form, status=400)
    wake_worker("tokens.intake")
    return redirect("token-import-draft", draft.pk)


def _store(request: HttpRequest, form: ImportForm) -> ImportResult:
    return import_csv(
        source=form.cleaned_data["file"].getvalue(),
        dry_run=False,
        allow_shared=form.cleaned_data["allow_shared"],
        actor=actor_of(request.user),
        now=timezone.now(),
    )


def _done(request: HttpRequest, result: ImportResult) -> HttpResponse:
    wake_worker("tokens.sweep")
    noun = "token" if result.created == 1 else "tokens"
    messages.success(request, f"{result.created} {noun} stored. They are being checked.")
    return redirect("tokens")


@needs(Permission.REGISTER)
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An empty table with its header, and nothing that somebody might import by mistake."""
    return empty_table("tokens-template.csv", COLUMNS)


def _page(
    request: HttpRequest,
    form: ImportForm,
    *,
    status: int = 200,
    refused: ImportRefused | None = None,
) -> HttpResponse:
    waiting = ImportDraft.objects.filter(account=request.user.pk, expires_at__gt=timezone.now())
    waiting = waiting.exclude(status=DraftStatus.DONE.value).order_by("-created_at")
    context = {"form": form, "refused": refused, "waiting": waiting.defer("sealed", "found")[:5]}
    return render(request, "tokens/import.html", context, status=status)
