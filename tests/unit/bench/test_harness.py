"""The harness of the benchmarks, without a server or a client: what it sends, compares and refuses."""

from pathlib import Path

import pytest

from bench.answers import WrongAnswers, check_codes, check_run
from bench.calls import Call, CallFile
from bench.options import read_options
from bench.rounds import Figures, Results
from bench.workload import BARE, Aim, LatencyAim, Workload
from bench.wrk import Run


def run_of(
    requests: int,
    *,
    seconds: float = 1.0,
    p50_ms: float = 1,
    refused: int = 0,
    statuses: dict[str, int] | None = None,
) -> Run:
    return Run(requests, seconds, p50_ms=p50_ms, p99_ms=2, refused=refused, broken=0, statuses=statuses or {})


def test_a_call_is_a_whole_request() -> None:
    call = Call("POST", "/api/orders", "token", body={"seat_ids": [1]}, headers=("Accept-Encoding: gzip",))

    assert call.encode() == (
        b"POST /api/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\nAuthorization: Bearer token\r\n"
        b'Content-Type: application/json\r\nContent-Length: 16\r\n\r\n{"seat_ids":[1]}'
    )


def test_a_file_says_before_each_call_how_long_it_is(tmp_path: Path) -> None:
    calls = CallFile.write(tmp_path / "calls", [Call("GET", "/a"), Call("GET", "/b")])

    first, second = Call("GET", "/a").encode(), Call("GET", "/b").encode()
    assert calls.count == 2
    assert calls.path.read_bytes() == b"%d\n%s%d\n%s" % (len(first), first, len(second), second)


def test_a_rate_is_compared_with_the_bare_one_of_the_same_round() -> None:
    bare = Figures(Workload(BARE, "bare", []), [run_of(1000), run_of(500), run_of(2000)])
    half = Figures(Workload("half", "platform", [], aims=[Aim(0.5, BARE)]), [run_of(500), run_of(250), run_of(900)])
    slow = Figures(Workload("slow", "platform", [], aims=[Aim(10_000)]), [run_of(500)] * 3)
    results = Results({BARE: bare, "half": half, "slow": slow})

    assert half.rate == 500
    assert half.times(bare) == 0.5
    assert results.missed() == ["slow"]


def test_what_a_workload_adds_to_another_ones_time_is_taken_round_by_round() -> None:
    provider = Figures(Workload("provider", "provider", []), [run_of(200, p50_ms=ms) for ms in (50, 70, 51)])
    aims = [Aim(190), LatencyAim(10, "provider")]
    quick = Figures(Workload("quick", "platform", [], aims=aims), [run_of(200, p50_ms=ms) for ms in (58, 79, 90)])
    slow = Figures(Workload("slow", "platform", [], aims=aims), [run_of(200, p50_ms=ms) for ms in (61, 79, 62)])
    late = Figures(Workload("late", "platform", [], aims=aims), [run_of(150, p50_ms=55)] * 3)
    results = Results({"provider": provider, "quick": quick, "slow": slow, "late": late})

    assert quick.beyond_ms(provider) == 9
    assert results.missed() == ["slow", "late"]


@pytest.mark.parametrize(
    "run",
    [
        run_of(9, refused=8, statuses={"409": 8, "200": 1}),
        run_of(10, refused=10, statuses={"409": 10}),
        run_of(10, refused=8, statuses={"409": 8, "200": 2}),
        run_of(10, refused=9, statuses={"503": 9, "200": 1}),
    ],
)
def test_a_run_with_two_winners_none_or_other_refusals_is_no_figure(run: Run) -> None:
    one_winner = Workload("one seat", "platform", [], status=409, besides={200: 1}, once=True)
    check_run(one_winner, run_of(10, refused=9, statuses={"409": 9, "200": 1}), calls=10)

    with pytest.raises(WrongAnswers):
        check_run(one_winner, run, calls=10)


def test_a_run_that_heard_nothing_is_no_figure() -> None:
    with pytest.raises(WrongAnswers):
        check_run(Workload("silent", "platform", []), run_of(0))


def test_a_refusal_for_another_reason_is_no_figure() -> None:
    refused = Workload("refused", "platform", [], status=409, code="seats_unavailable")
    check_codes(refused, {(409, "seats_unavailable"): 5})

    with pytest.raises(WrongAnswers):
        check_codes(refused, {(409, "seats_unavailable"): 5, (409, "not_on_sale"): 1})


def test_a_quick_run_measures_everything_once() -> None:
    options = read_options(["--quick"])

    assert (options.rounds, options.seconds, options.servers) == (1, 1, True)
    assert not options.is_full


def test_a_smoke_run_has_a_few_people_and_no_comparison_of_servers() -> None:
    options = read_options(["--smoke"])

    assert (options.rounds, options.smoke, options.servers, options.talk) == (1, True, False, True)
    assert options.scale.crowd < read_options([]).scale.crowd
    assert not options.is_full


@pytest.mark.parametrize("arguments", [["--no-talk"], ["--no-servers"], ["--rounds", "2"], ["--seconds", "1"]])
def test_only_a_whole_run_is_written_down(arguments: list[str]) -> None:
    assert read_options([]).is_full
    assert not read_options(arguments).is_full


def test_a_run_has_a_round_and_a_second_at_least() -> None:
    for arguments in (["--rounds", "0"], ["--seconds", "0.5"]):
        with pytest.raises(SystemExit):
            read_options(arguments)
