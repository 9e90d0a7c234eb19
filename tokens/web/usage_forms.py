"""The form that takes a log of use."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

from django import forms

from tokens.models import Integration
from tokens.policy.days import midnight, utc_day
from tokens.policy.fields import LABEL_LENGTH
from tokens.services.usage_import import Covered, Form, form_of
from tokens.web.careful import CarefulForm
from tokens.web.uploads import LARGEST

ALL = "*"
FORMS = (("", "By the name of the file"), ("csv", "CSV with a header"), ("jsonl", "JSON lines"))
_DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class UsageImportForm(CarefulForm):
    """A file, what it is, and whether silence in it counts."""

    file = forms.FileField(
        label="Log",
        widget=forms.FileInput({"accept": ".csv,.jsonl,.ndjson,.json,text/csv"}),
        help_text="CSV or JSON lines, UTF-8, up to 10 MB.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )
    form = forms.ChoiceField(label="Form", choices=FORMS, required=False)
    source = forms.CharField(
        label="What wrote it",
        required=False,
        max_length=LABEL_LENGTH,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text="For the audit trail, for example “API gateway”.",
    )
    skip_unknown = forms.BooleanField(
        label="Leave lines out whose token is not in the inventory, and count them",
        required=False,
    )
    since = forms.DateField(label="Complete from (UTC day)", widget=_DAY, required=False)
    until = forms.DateField(
        label="Complete up to and including (UTC day)",
        widget=_DAY,
        required=False,
        help_text="Only if every call of those days stands in the file: then silence counts, too.",
    )
    of = forms.ChoiceField(label="Whose calls it holds", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Integration.objects.order_by("name").values_list("name", flat=True)
        whose = [("", "Not complete"), (ALL, "All integrations"), *((each, each) for each in names)]
        self.fields["of"].choices = whose  # type: ignore[attr-defined]  # a ChoiceField

    def clean_file(self) -> io.BytesIO:
        """Refuse what is larger than an upload may be."""
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise forms.ValidationError("The file is larger than 10 MB: use the command.")
        content: io.BytesIO = upload.file
        self.cleaned_data["name"] = upload.name or ""
        return content

    def clean(self) -> dict[str, Any]:
        given = [bool(self.cleaned_data.get(name)) for name in ("since", "until", "of")]
        if any(given) and not all(given):
            reason = "Say from when, up to when and whose calls; or leave all three."
            self.add_error("since", reason)
        return self.cleaned_data

    def log_form(self) -> Form:
        """CSV or JSON lines, as said, else by the file's name."""
        said: Form | None = self.cleaned_data["form"] or None
        return said or form_of(self.cleaned_data["name"])

    def covered(self, now: datetime) -> Covered | None:
        """The days that the log holds every call of; today ends now."""
        of, last = self.cleaned_data["of"], self.cleaned_data["until"]
        if not of:
            return None
        until = now if last == utc_day(now) else midnight(last + timedelta(days=1))
        names = () if of == ALL else (of,)
        return Covered(midnight(self.cleaned_data["since"]), until, names, everything=of == ALL)
