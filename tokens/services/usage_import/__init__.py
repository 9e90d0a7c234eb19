"""Bringing in logs of use: CSV or JSON lines in, evidence per secret out."""

from tokens.services.csv_table import ImportRefused, RowError
from tokens.services.usage_import.bring_in import UsageImported, import_usage
from tokens.services.usage_import.covering import Covered
from tokens.services.usage_import.reading import COLUMNS, Form, form_of, read_file, read_objects

__all__ = [
    "COLUMNS",
    "Covered",
    "Form",
    "ImportRefused",
    "RowError",
    "UsageImported",
    "form_of",
    "import_usage",
    "read_file",
    "read_objects",
]
