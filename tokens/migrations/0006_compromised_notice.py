from django.db import migrations, models

KINDS = [
    "reminder", "compromised", "failing", "contradicted", "unreadable", "incident", "leaver",
    "behind",
]
CHOICES = [(kind, kind) for kind in KINDS]


class Migration(migrations.Migration):
    """A kind of alert more: a value that somebody should not have."""

    dependencies = [("tokens", "0005_logs_and_watch")]

    operations = [
        migrations.RemoveConstraint(model_name="mail", name="mail_kind_known"),
        migrations.RemoveConstraint(model_name="notice", name="notice_kind_known"),
        migrations.AlterField(
            model_name="mail",
            name="kind",
            field=models.CharField(choices=CHOICES, max_length=12),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(choices=CHOICES, max_length=12),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS)), name="mail_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS)), name="notice_kind_known"
            ),
        ),
    ]
