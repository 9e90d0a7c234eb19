"""What uses the sample tokens, and who has gone over after a rotation."""

from __future__ import annotations

from datetime import datetime

from tokens.models import Consumer
from tokens.services.consumers import add_consumer
from tokens.services.seed_demo.acts import person
from tokens.services.seed_demo.shape import Consume, Sample
from tokens.services.switch_consumer import switch_consumer


def record(sample: Sample, act: Consume, *, now: datetime) -> None:
    """Put it on its integration's list, unless an earlier rotation did."""
    integration = sample.token.integration
    if not Consumer.objects.filter(integration=integration, name=act.name).exists():
        add_consumer(
            integration=integration,
            name=act.name,
            where=act.where,
            actor=person(sample.place.connector.owner),
            now=now,
        )


def tick(sample: Sample, act: Consume, *, now: datetime) -> None:
    """It uses the new token from now on, its owner says."""
    switch_consumer(
        token=sample.token,
        consumer=Consumer.objects.get(integration=sample.token.integration, name=act.name),
        actor=person(sample.place.connector.owner),
        now=now,
    )
