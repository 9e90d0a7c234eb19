"""Importing a CSV file: first a dry run that shows what would happen, then the import itself.

The file is uploaded twice, because nothing of it may be kept between the two requests.
"""

from __future__ import annotations

import csv
import io

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from tokens.audit import account as actor_of
from tokens.errors import WrongState
from tokens.policy.roles import Permission
from tokens.services.csv_table import COLUMNS
from tokens.services.import_csv import ImportRefused, ImportResult, import_csv
from tokens.web.access import needs
from tokens.web.dispatch import wake_worker
from tokens.web.uploads import LARGEST


class ImportForm(forms.Form):
    """A file, and whether this is the real thing."""

    file = forms.FileField(
        label="CSV file",
        widget=forms.FileInput({"accept": ".csv,text/csv"}),
        help_text="UTF-8, comma or semicolon, up to 10 MB.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )
    allow_shared = forms.BooleanField(
        label="Some tokens are in the file twice, or stored already: store them as shared",
        required=False,
    )

    def clean_file(self) -> io.BytesIO:
        """Refuse what is larger than a table of tokens ever is."""
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise forms.ValidationError("The file is larger than 10 MB.")
        content: io.BytesIO = upload.file
        return content


@needs(Permission.REGISTER)
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def token_import(request: HttpRequest) -> HttpResponse:
    """The form; a POST without `confirm` is a dry run, with it the import."""
    if request.method != "POST":
        return _page(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=400)
    confirmed = request.POST.get("confirm") == "yes"
    try:
        result = import_csv(
            source=form.cleaned_data["file"].getvalue(),
            dry_run=not confirmed,
            allow_shared=form.cleaned_data["allow_shared"],
            actor=actor_of(request.user),
            now=timezone.now(),
        )
    except ImportRefused as refused:
        return _page(request, ImportForm(), status=400, refused=refused)
    except WrongState as error:
        form.add_error(None, error.message)
        return _page(request, form, status=400)
    if not confirmed:
        again = ImportForm(initial={"allow_shared": form.cleaned_data["allow_shared"]})
        return _page(request, again, result=result)
    return _done(request, result)


def _done(request: HttpRequest, result: ImportResult) -> HttpResponse:
    wake_worker("tokens.sweep")
    noun = "token" if result.created == 1 else "tokens"
    messages.success(request, f"{result.created} {noun} stored. They are being checked.")
    return redirect("tokens")


@needs(Permission.REGISTER)
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An empty table with its header, and nothing that somebody might import by mistake."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="tokens-template.csv"'
    csv.writer(answer, lineterminator="\r\n").writerow(COLUMNS)
    return answer


def _page(
    request: HttpRequest,
    form: ImportForm,
    *,
    status: int = 200,
    result: ImportResult | None = None,
    refused: ImportRefused | None = None,
) -> HttpResponse:
    context = {"form": form, "result": result, "refused": refused}
    return render(request, "tokens/import.html", context, status=status)
