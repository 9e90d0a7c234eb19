"""The constraints that 0019 left for later: read beside whoever writes, without a lock on rows."""

from django.db import migrations

CONSTRAINTS = (('tokens_mail', 'mail_kind_known'), ('tokens_notice', 'notice_kind_known'))


def look(apps, schema_editor):
    if schema_editor.connection.vendor == 'postgresql':
        for table, constraint in CONSTRAINTS:
            schema_editor.execute(f'ALTER TABLE "{table}" VALIDATE CONSTRAINT "{constraint}"')


class Migration(migrations.Migration):

    dependencies = [
        ('tokens', '0019_two_people'),
    ]

    operations = [migrations.RunPython(look, migrations.RunPython.noop)]
