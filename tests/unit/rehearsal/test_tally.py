from apps.rehearsal.buyers import Buyer
from apps.rehearsal.client import Answer
from apps.rehearsal.line_audit import audit_line
from apps.rehearsal.tally import Tally


def tally_of(*answers: Answer) -> Tally:
    tally = Tally()
    for number, answer in enumerate(answers):
        tally.count("order", answer, started=float(number), ended=number + (number + 1) / 1000)
    return tally


def admitted(*times: float) -> list[Buyer]:
    return [Buyer(user_id=number, token="", seat_ids=(1,), admitted_at=at) for number, at in enumerate(times)]


def test_outcomes_are_counted_by_code_and_else_by_status() -> None:
    tally = tally_of(Answer(201, {"id": "x"}), Answer(409, {"code": "seats_unavailable"}), Answer(201, {}))

    assert tally.steps["order"].outcomes == {"201": 2, "seats_unavailable": 1}


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    step = tally_of(*(Answer(200, {}) for _ in range(100))).steps["order"]

    assert [round(step.percentile(percent) * 1000) for percent in (50, 95, 99, 100)] == [50, 95, 99, 100]


def test_a_fault_is_a_5xx_or_no_answer_but_not_a_503() -> None:
    tally = tally_of(Answer(500, {}), Answer(0, {"code": "TimeoutError"}), Answer(503, {}), Answer(409, {}))

    assert tally.faults == 2


def test_a_line_that_keeps_to_its_rate_holds() -> None:
    assert audit_line(admitted(*(number / 20 for number in range(200))), rate=20).holds


def test_a_line_that_lets_too_many_in_does_not_hold() -> None:
    assert not audit_line(admitted(*(number / 40 for number in range(400))), rate=20).holds


def test_a_line_that_loses_somebody_does_not_hold() -> None:
    buyers = [*admitted(0.0, 1.0), Buyer(user_id=9, token="", seat_ids=(1,))]

    assert not audit_line(buyers, rate=20).holds
