import django.db.models.deletion
from django.db import migrations, models

from tokens.migrations._beside import AddIndexBeside

#: Each check writes a row of each of these: room in their pages for the next version of a row.
WRITTEN_BY_SWEEPS = ("tokens_secret", "tokens_check", "tokens_usage")


def _leave_room(apps, schema_editor, room="SET (fillfactor = 70)"):
    if schema_editor.connection.vendor == "postgresql":
        for table in WRITTEN_BY_SWEEPS:
            schema_editor.execute(f"ALTER TABLE {table} {room}")


def _leave_none(apps, schema_editor):
    _leave_room(apps, schema_editor, "RESET (fillfactor)")


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
        migrations.RemoveIndex(model_name="check", name="check_of_secret"),
        migrations.AlterField(
            model_name="check",
            name="secret",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="checks",
                to="tokens.secret",
            ),
        ),
        migrations.AlterField(
            model_name="usage",
            name="secret",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="usages",
                to="tokens.secret",
            ),
        ),
        migrations.RunPython(_leave_room, _leave_none),
    ]
