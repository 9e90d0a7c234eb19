"""What our migrations have beside Django's own operations. The name keeps it from being one."""

from django.db.migrations.operations.base import Operation


class CreateTogether(Operation):
    """Many CreateModel as one.

    With each model that is added, Django makes the classes of all that are related to it anew; ours
    all are, and that took two thirds of the time until a new instance answers. Here they are made
    once, when all are known.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, models):
        self.models = models

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)
        for one in self.models:
            one.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for one in self.models:
            one.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for one in reversed(self.models):
            one.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Create {len(self.models)} models together"
