"""Copy every token until there are `TIMES` as many, inside PostgreSQL; new ids, other labels."""

from __future__ import annotations

import sys
import time

from benchmarks.steps.common import emit, start_django, vacuum

start_django()

from django.db import connection, models, transaction  # noqa: E402

from tokens.models import Revocation, Secret, Token  # noqa: E402

#: What must differ in a copy: ids by one rule, so that references find their copies.
_ID = "md5({column}::text || n)::uuid"
_REFERENCES = {Secret: set(), Token: {"secret"}, Revocation: {"secret", "token"}}
_OTHERS = {
    (Secret, "fingerprint"): "sha256(fingerprint || n::text::bytea)",
    (Token, "label"): "label || '-' || n",
    (Token, "replaces"): "NULL::uuid",
}


def _copy(model: type[models.Model], first: int, times: int) -> None:
    names, values = [], []
    for column in model._meta.concrete_fields:
        names.append(f'"{column.column}"')
        if column.primary_key or column.name in _REFERENCES[model]:
            values.append(_ID.format(column=f'"{column.column}"'))
        else:
            values.append(_OTHERS.get((model, column.name), f'"{column.column}"'))
    # Every name comes from the models.
    sql = (
        f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) SELECT {', '.join(values)} "  # noqa: S608
        f"FROM {model._meta.db_table}, generate_series(%s, %s) AS n"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [first, first + times - 2])


def main() -> None:
    begun = time.perf_counter()
    # Numbers that no copy was made by before: what was multiplied may be so again.
    first = Token.objects.count() + 2
    with transaction.atomic():
        for model in (Secret, Token, Revocation):
            _copy(model, first, int(sys.argv[1]))
    vacuum()
    emit({"tokens": Token.objects.count(), "seconds": time.perf_counter() - begun})


main()
