from __future__ import annotations

from collections import Counter

from apps.rehearsal.on_sale.behaviours import Behaviour, Ending, Shares, draw_behaviours

PEOPLE = 20_000


def drawn(seed: int, people: int = PEOPLE) -> list[Behaviour]:
    return draw_behaviours(people, seed=seed, shares=Shares())


def kept(behaviours: list[Behaviour]) -> list[tuple[object, ...]]:
    return [(one.arrives_at, one.ending, one.party, one.tries, one.looks, one.refreshes) for one in behaviours]


def test_a_seed_gives_the_same_people_again_and_another_one_others() -> None:
    assert kept(drawn(7, 500)) == kept(drawn(7, 500))
    assert kept(drawn(7, 500)) != kept(drawn(8, 500))


def test_half_of_the_people_are_there_before_the_opening_and_most_within_ten_seconds() -> None:
    arrivals = [one.arrives_at for one in drawn(1)]

    assert 0.48 < sum(at < 0 for at in arrivals) / PEOPLE < 0.52
    assert sum(at < 10 for at in arrivals) / PEOPLE > 0.95
    assert min(arrivals) >= -5
    before = [at for at in arrivals if at < 0]
    assert sum(at > -1 for at in before) > sum(at < -4 for at in before)  # more and more of them come


def test_every_behaviour_is_there_about_as_often_as_its_share() -> None:
    endings = Counter(one.ending for one in drawn(1))

    assert set(endings) == set(Ending)
    for ending, share in Shares().endings:
        assert abs(endings[ending] / PEOPLE - share) < 0.02


def test_the_tickets_that_one_admission_brings_are_those_of_who_keeps_them() -> None:
    shares = Shares(endings=((Ending.PAYS, 1), (Ending.CANCELS, 1)), party=((2, 1), (4, 1)))

    assert shares.tickets_per_admission == 1.5
