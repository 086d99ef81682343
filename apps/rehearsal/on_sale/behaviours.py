"""What each of the people is going to do, drawn from a seed before anything begins."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum

WAVE_BEFORE_SECONDS = 5.0
BEFORE_SHARE = 0.5  # of the people are there before the sale opens
WAVE_DECAY_SECONDS = 4.0  # the mean of how much later the others are
MIN_TRIES, MAX_TRIES = 4, 12


class Ending(StrEnum):
    """What somebody who is inside comes to in the end."""

    PAYS = "pays"
    LOOKS_ONLY = "looks, and orders nothing"
    LEAVES_ORDER = "orders, and gives up before the payment"
    CLOSES_WINDOW = "closes the payment window, and pays later"
    NEVER_PAYS = "closes the payment window for good, and gives the seats back"
    IS_DECLINED = "is declined by the card once, and pays again"
    CANCELS = "pays, and cancels at once"
    CANCELS_AND_RETURNS = "pays, cancels, and comes back to the line"


@dataclass(frozen=True, slots=True)
class Shares:
    """How common a behaviour is, by weight; `refreshes` and those below are shares of 1."""

    endings: tuple[tuple[Ending, float], ...] = (
        (Ending.PAYS, 0.74),
        (Ending.LOOKS_ONLY, 0.05),
        (Ending.LEAVES_ORDER, 0.04),
        (Ending.CLOSES_WINDOW, 0.05),
        (Ending.NEVER_PAYS, 0.03),
        (Ending.IS_DECLINED, 0.05),
        (Ending.CANCELS, 0.02),
        (Ending.CANCELS_AND_RETURNS, 0.02),
    )
    party: tuple[tuple[int, float], ...] = ((1, 0.2), (2, 0.55), (3, 0.1), (4, 0.15))
    refreshes: float = 0.03
    """Join again while they wait, as a reload of the page does."""
    goes_for_front: float = 0.3
    """Choose from the front rows backwards, as many do, and so lose more often."""
    changes_delivery: float = 0.25
    """Store choices at the checkout."""
    looks_at_order: float = 0.5
    """Look at the order once it is paid."""
    leaves_openly: float = 0.1
    """Press "leave" when all is sold, where others close the tab."""

    @property
    def tickets_per_admission(self) -> float:
        """How many seats stay sold for each person who is let in, on average."""
        party = sum(size * weight for size, weight in self.party) / sum(weight for _, weight in self.party)
        keep = {Ending.PAYS, Ending.CLOSES_WINDOW, Ending.IS_DECLINED, Ending.CANCELS_AND_RETURNS}
        total = sum(weight for _, weight in self.endings)
        return party * sum(weight for ending, weight in self.endings if ending in keep) / total


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long people take, in seconds from and to."""

    look: tuple[float, float] = (0.2, 1.0)
    choose: tuple[float, float] = (0.2, 1.2)
    pay: tuple[float, float] = (0.3, 1.5)
    away: tuple[float, float] = (2.0, 5.0)
    """Between closing the payment window and paying after all."""


REAL_PAUSES = Pauses(look=(5.0, 15.0), choose=(5.0, 30.0), pay=(15.0, 40.0), away=(30.0, 60.0))


@dataclass(slots=True)
class Behaviour:
    """One person's. What is not kept here, pauses and seats, is drawn as it comes up: no two runs have the same."""

    arrives_at: float  # seconds from the opening; before it they are negative
    ending: Ending
    party: int
    tries: int
    looks: int
    refreshes: bool
    goes_for_front: bool
    changes_delivery: bool
    looks_at_order: bool
    leaves_openly: bool  # presses "leave" where others close the tab
    draw: random.Random = field(repr=False)

    @property
    def cancels(self) -> bool:
        return self.ending in {Ending.CANCELS, Ending.CANCELS_AND_RETURNS}

    @property
    def returns(self) -> bool:
        return self.ending is Ending.CANCELS_AND_RETURNS

    def pause(self, span: tuple[float, float]) -> float:
        return self.draw.uniform(*span)


def draw_behaviours(people: int, *, seed: int, shares: Shares) -> list[Behaviour]:
    """Draw what `people` people do; the same seed gives the same people."""
    draw = random.Random(seed)  # one for all: a state of its own for each of 50,000 would be 125 MB
    endings, ending_weights = zip(*shares.endings, strict=True)
    parties, party_weights = zip(*shares.party, strict=True)
    return [
        Behaviour(
            arrives_at=draw_arrival(draw),
            ending=draw.choices(endings, ending_weights)[0],
            party=draw.choices(parties, party_weights)[0],
            tries=draw.randint(MIN_TRIES, MAX_TRIES),
            looks=draw.randint(0, 2),
            refreshes=draw.random() < shares.refreshes,
            goes_for_front=draw.random() < shares.goes_for_front,
            changes_delivery=draw.random() < shares.changes_delivery,
            looks_at_order=draw.random() < shares.looks_at_order,
            leaves_openly=draw.random() < shares.leaves_openly,
            draw=draw,
        )
        for _ in range(people)
    ]


def draw_arrival(draw: random.Random) -> float:
    """A wave: half are there before the opening second, more and more as it comes near; the rest fewer and fewer."""
    if draw.random() < BEFORE_SHARE:
        return -WAVE_BEFORE_SECONDS * (1 - draw.random() ** 0.5)
    return draw.expovariate(1 / WAVE_DECAY_SECONDS)
