"""Importing a log of use: first a try that says what would be recorded, then recording it.

The file is uploaded twice, because nothing of it may be kept between the two requests: tokens may
stand in it in the open.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput
from tokens.policy.roles import Permission
from tokens.services.usage_import import (
    COLUMNS,
    ImportRefused,
    UsageImported,
    import_usage,
    read_file,
)
from tokens.web.access import needs
from tokens.web.tables import empty_table
from tokens.web.usage_forms import UsageImportForm


@needs(Permission.EDIT)
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def usage_import(request: HttpRequest) -> HttpResponse:
    """The form; a POST without `confirm` is a try, with it the import."""
    if request.method != "POST":
        return _page(request, UsageImportForm())
    form = UsageImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=400)
    confirmed = request.POST.get("confirm") == "yes"
    try:
        result = _run(request, form, dry_run=not confirmed)
    except ImportRefused as refused:
        return _page(request, _again(form), status=400, refused=refused)
    except InvalidInput as error:
        form.refuse(error, covers="since")
        return _page(request, form, status=400)
    if not confirmed:
        return _page(request, _again(form), result=result)
    messages.success(request, _in_words(result))
    return redirect("usage-import")


def _run(request: HttpRequest, form: UsageImportForm, *, dry_run: bool) -> UsageImported:
    now, data = timezone.now(), form.cleaned_data
    sightings, errors = read_file(data["file"].getvalue(), form.log_form(), now=now)
    return import_usage(
        sightings=sightings,
        errors=errors,
        source=data["source"],
        covered=form.covered(now),
        skip_unknown=data["skip_unknown"],
        dry_run=dry_run,
        actor=actor_of(request.user),
        now=now,
    )


def _again(form: UsageImportForm) -> UsageImportForm:
    """The same answers, for the second time that the file is chosen."""
    kept = {name: value for name, value in form.cleaned_data.items() if name != "file"}
    return UsageImportForm(initial=kept)


def _in_words(result: UsageImported) -> str:
    noun = "line" if result.rows == 1 else "lines"
    tokens = "token" if result.secrets == 1 else "tokens"
    words = f"{result.rows:,} {noun} recorded, {result.secrets:,} {tokens} seen in use."
    if result.unknown:
        words += f" {result.unknown:,} left out: of no token in the inventory."
    if result.covered:
        words += f" Silence counts for {result.covered:,}."
    return words


@needs(Permission.EDIT)
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An empty table with every column and no line that somebody might import by mistake."""
    return empty_table("usage-template.csv", COLUMNS)


def _page(
    request: HttpRequest,
    form: UsageImportForm,
    *,
    status: int = 200,
    result: UsageImported | None = None,
    refused: ImportRefused | None = None,
) -> HttpResponse:
    context = {"form": form, "result": result, "refused": refused}
    return render(request, "tokens/usage_import.html", context, status=status)
