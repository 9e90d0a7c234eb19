"""Indexes made and dropped beside whoever writes. The name keeps it from being a migration."""

from django.db import migrations


def _alone(connection):
    """Whether nobody waits for this: SQLite has one writer anyway, and within a transaction, as
    where a test lays out a database, there is nobody else."""
    return connection.vendor != "postgresql" or connection.in_atomic_block


def drop_index(schema_editor, name):
    """Drop the index of that name, where there is one."""
    beside = "" if _alone(schema_editor.connection) else "CONCURRENTLY "
    schema_editor.execute(f"DROP INDEX {beside}IF EXISTS {schema_editor.quote_name(name)}")


class AddIndexBeside(migrations.AddIndex):
    """AddIndex without a lock on the rows of a big table, in a migration with `atomic = False`.

    Django's own AddIndexConcurrently knows PostgreSQL alone. One that was interrupted stands there
    half made, or is made while the migration is not on record: it is dropped first.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        connection = schema_editor.connection
        if not connection.in_atomic_block:
            drop_index(schema_editor, self.index.name)
        if _alone(connection):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.add_index(model, self.index, concurrently=True)


class RemoveIndexBeside(migrations.RemoveIndex):
    """RemoveIndex likewise; one that is gone already is no error."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        drop_index(schema_editor, self.name)


class DropIndexOfKey(migrations.RunPython):
    """Drop the index that Django made by itself for a foreign key.

    AlterField would drop the key, make it again and read every row to trust it, under a lock; on
    SQLite it would copy the table. For use as a database operation beside such an AlterField.
    """

    def __init__(self, table, column):
        def forwards(apps, schema_editor):
            for name in _plain_indexes(schema_editor.connection, table, column):
                drop_index(schema_editor, name)

        def backwards(apps, schema_editor):
            words = (f"{table}_{column}_again", table, column)
            name, table_, column_ = (schema_editor.quote_name(word) for word in words)
            schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table_} ({column_})")

        super().__init__(forwards, backwards)


def _plain_indexes(connection, table, column):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return [
        name
        for name, one in found.items()
        if one["index"] and not one["unique"] and one["columns"] == [column]
    ]
