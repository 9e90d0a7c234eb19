import django.db.models.deletion
from django.db import migrations, models

from tokens.migrations._beside import AddIndexBeside, DropIndexOfKey, RemoveIndexBeside

#: Each check writes a row of each of these: room in their pages for the next version of a row.
WRITTEN_BY_SWEEPS = ("tokens_secret", "tokens_check", "tokens_usage")


def _leave_room(apps, schema_editor, room="SET (fillfactor = 70)"):
    if schema_editor.connection.vendor == "postgresql":
        for table in WRITTEN_BY_SWEEPS:
            schema_editor.execute(f"ALTER TABLE {table} {room}")


def _leave_none(apps, schema_editor):
    _leave_room(apps, schema_editor, "RESET (fillfactor)")


def _no_index_of_its_own(model, related_name):
    field = models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        to="tokens.secret",
    )
    return migrations.SeparateDatabaseAndState(
        database_operations=[DropIndexOfKey(f"tokens_{model}", "secret_id")],
        state_operations=[migrations.AlterField(model, "secret", field)],
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tokens", "0026_lists_at_a_million"),
    ]

    operations = [
        AddIndexBeside(
            model_name="check",
            index=models.Index(fields=["secret", "-first_at"], name="check_runs"),
        ),
        RemoveIndexBeside(model_name="check", name="check_of_secret"),
        _no_index_of_its_own("check", "checks"),
        _no_index_of_its_own("usage", "usages"),
        migrations.RunPython(_leave_room, _leave_none),
    ]
