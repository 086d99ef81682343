"""The demo's halls and concerts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.concerts.demo.programme import NOTICE, PROGRAMME, Billing
from apps.concerts.models import CancellationPolicy, CancellationTier, Concert, Performance, Publication, Venue
from apps.concerts.policy_presets import install_presets
from apps.concerts.services.build_venue import build_venue
from apps.concerts.services.create_performance import create_performance
from apps.concerts.venue_plans.plan import VenuePlan

SALE_CLOSES_BEFORE = timedelta(hours=2)


def seed() -> Iterator[str]:
    """Make what is missing of the programme; a performance whose sale is over gets a successor."""
    now = timezone.now().replace(second=0, microsecond=0)
    install_presets(CancellationPolicy.objects, CancellationTier.objects)
    for billing in PROGRAMME:
        with transaction.atomic():
            venue = _venue(billing.hall)
            performance = _performance(_concert(billing), billing, venue=venue, now=now)
        yield (
            f"performance {performance.pk}: {billing.title}, {venue.name}, {venue.seat_count:,} seats, "
            f"{performance.sale_status(now)}, waiting room {performance.waiting_room_mode}"
        )


def _venue(plan: VenuePlan) -> Venue:
    return Venue.objects.filter(name=plan.name).first() or build_venue(plan)


def _concert(billing: Billing) -> Concert:
    concert, _ = Concert.objects.get_or_create(
        slug=billing.slug,
        defaults={
            "title": billing.title,
            "genre": billing.genre,
            "organiser": billing.organiser,
            "description": billing.description,
            "notice": NOTICE,
            "poster": billing.poster,
            "running_minutes": billing.running_minutes,
            "age_limit": billing.age_limit,
            "cancellation_policy": CancellationPolicy.objects.get(name=billing.policy),
            "publication": Publication.PUBLISHED,
        },
    )
    return concert


def _performance(concert: Concert, billing: Billing, *, venue: Venue, now: datetime) -> Performance:
    known = concert.performances.filter(status=Performance.Status.SCHEDULED)
    is_sale_ahead = billing.opens_in > timedelta(0)
    current = known.filter(sale_opens_at__gt=now) if is_sale_ahead else known.filter(sale_closes_at__gt=now)
    performance = current.first()
    if performance is not None:
        return performance
    day = timezone.localdate(now) + timedelta(days=billing.days_ahead)
    starts_at = timezone.make_aware(datetime.combine(day, billing.starts))
    return create_performance(
        concert,
        venue=venue,
        starts_at=starts_at,
        sale_opens_at=now + billing.opens_in,
        sale_closes_at=starts_at - SALE_CLOSES_BEFORE,
        prices=billing.prices,
        waiting_room_mode=billing.waiting_room_mode,
        publication=Publication.PUBLISHED,
    )
