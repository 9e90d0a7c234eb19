"""An index that is made beside whoever writes. The name keeps it from being a migration."""

from django.db import migrations


class AddIndexBeside(migrations.AddIndex):
    """AddIndex without a lock on the rows of a big table, in a migration with `atomic = False`.

    Django's own AddIndexConcurrently knows PostgreSQL alone. SQLite has one writer anyway. Within a
    transaction, as where a test lays out a database, it is made as any other.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        connection = schema_editor.connection
        if connection.vendor != "postgresql" or connection.in_atomic_block:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        # One that was interrupted stands there, and serves nobody.
        schema_editor.remove_index(model, self.index, concurrently=True)
        schema_editor.add_index(model, self.index, concurrently=True)
