"""Figures of the product beside those of the process, in Prometheus' text.

What stands in the database is the same whichever process is asked, so one of them counts and all
of them say it, for as long as is written here: scraping twice as often costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from coolset_admin.redaction import mask
from tokens.selectors.figures import Figure, inventory_figures, one
from tokens.selectors.figures_work import work_figures
from tokens.services.policy_in_force import rules_in_force
from tokens.throttle import cache_trouble

log = structlog.get_logger(__name__)
#: How long what was counted is said again, in seconds. The first is a scan of all tokens.
INVENTORY_SECONDS, WORK_SECONDS = 60, 10
#: More companies than these would be more series than a Prometheus is glad to keep.
MOST_COMPANIES = 500


def product_figures() -> str:
    """The text; `coolset_figures_up` says whether the database gave both groups."""
    now = timezone.now()
    texts = [
        _kept("inventory", INVENTORY_SECONDS, _inventory, now),
        _kept("work", WORK_SECONDS, work_figures, now),
    ]
    up = all(text is not None for text in texts)
    said = _text([one("coolset_figures_up", "1 where the database gave these figures.", float(up))])
    return "".join([*(text or "" for text in texts), said])


def _inventory(now: datetime) -> list[Figure]:
    companies = min(max(settings.METRICS_COMPANIES, 0), MOST_COMPANIES)
    return inventory_figures(rules_in_force(), now, companies=companies)


def _kept(
    group: str, seconds: int, count: Callable[[datetime], list[Figure]], now: datetime
) -> str | None:
    """What was counted lately, else counted now; None where the database does not answer."""
    name = f"figures:{group}"
    try:
        if (kept := cache.get(name)) is not None:
            return str(kept)
    except cache_trouble() as error:
        log.warning("figures.no_cache", kind=type(error).__name__)
    try:
        text = _text(count(now))
    except (DatabaseError, InterfaceError) as error:
        log.warning("figures.not_counted", group=group, kind=type(error).__name__)
        return None
    try:
        cache.set(name, text, seconds)
    except cache_trouble() as error:
        log.warning("figures.no_cache", kind=type(error).__name__)
    return text


def _text(figures: Sequence[Figure]) -> str:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(figures))
    return generate_latest(registry).decode()


class _Given(Collector):
    """Figures as Prometheus' own library renders them."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        for figure in self._figures:
            family = CounterMetricFamily if figure.counter else GaugeMetricFamily
            metric = family(figure.name, figure.help, labels=figure.labels)
            for labels, value in figure.samples:
                # Nothing that looks like a credential gets out by the name of a company or key.
                metric.add_metric([mask(label) for label in labels], value)
            yield metric
