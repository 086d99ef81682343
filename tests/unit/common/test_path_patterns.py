"""Which pattern a path means, for the addresses of the fast lane and the destinations of STOMP."""

from __future__ import annotations

import pytest

from apps.common.path_patterns import MAX_ID, REMEMBERED_PATHS, PathPattern, PathTable

PATTERNS = (
    "/sub/session/{session_id:int}",
    "/sub/session/{session_id:int}/{kind}",
    "/sub/session/newest/{kind}",
    "/orders",
    "/orders/{order_id}",
    "/orders/{order_id}/reserve",
    "/orders/newest",
)


def table_of(*patterns: str, longest: int = 8_000) -> PathTable[str]:
    table: PathTable[str] = PathTable(longest=longest)
    for pattern in patterns:
        table.setdefault(pattern, pattern)
    return table


@pytest.mark.parametrize(
    ("path", "pattern", "parameters"),
    [
        ("/sub/session/16", "/sub/session/{session_id:int}", {"session_id": 16}),
        ("/sub/session/007", "/sub/session/{session_id:int}", {"session_id": 7}),
        (f"/sub/session/{MAX_ID}", "/sub/session/{session_id:int}", {"session_id": MAX_ID}),
        ("/sub/session/16/notes", "/sub/session/{session_id:int}/{kind}", {"session_id": 16, "kind": "notes"}),
        ("/orders", "/orders", {}),
        ("/orders/16-7K3M", "/orders/{order_id}", {"order_id": "16-7K3M"}),
        ("/orders/16-7K3M/reserve", "/orders/{order_id}/reserve", {"order_id": "16-7K3M"}),
    ],
)
def test_a_path_leads_to_its_pattern_and_its_parameters(path: str, pattern: str, parameters: dict[str, object]) -> None:
    assert table_of(*PATTERNS).find(path) == (pattern, parameters)


@pytest.mark.parametrize("patterns", [PATTERNS, PATTERNS[::-1]], ids=["in order", "the other way round"])
@pytest.mark.parametrize("path", ["/orders/newest", "/sub/session/newest/notes"])
def test_what_is_written_out_goes_before_a_parameter(path: str, patterns: tuple[str, ...]) -> None:
    found = table_of(*patterns).find(path)

    assert found is not None
    assert "newest" in found.entry


def test_a_pattern_whose_parameters_cannot_be_leaves_the_path_to_the_next() -> None:
    table = table_of("/{number:int}/seats", "/performances/{kind}")

    assert table.find("/performances/seats") == ("/performances/{kind}", {"kind": "seats"})
    assert table.find("/7/seats") == ("/{number:int}/seats", {"number": 7})


@pytest.mark.parametrize("path", ["/", "", "/orders/16/reserve/now", "//orders", "/ORDERS", "/orders/16/"])
def test_any_other_path_is_none_of_these(path: str) -> None:
    found = table_of(*PATTERNS).find(path)

    assert found is None


@pytest.mark.parametrize("text", ["", "x", "-1", "+1", " 1", "1.0", "1_0", "١", str(MAX_ID + 1), "9" * 5000])
def test_what_is_no_id_is_known_to_be_none(text: str) -> None:
    assert table_of(*PATTERNS).find(f"/sub/session/{text}") == ("/sub/session/{session_id:int}", None)


def test_a_text_that_is_missing_is_known_to_be_none() -> None:
    assert table_of(*PATTERNS).find("/orders/") == ("/orders/{order_id}", None)


def test_what_is_kept_first_stays() -> None:
    table = table_of(*PATTERNS)

    assert table.setdefault("/orders/{order_id}", "another") == "/orders/{order_id}"
    assert table.find("/orders/7") == ("/orders/{order_id}", {"order_id": "7"})


def test_one_address_under_two_names_is_refused() -> None:
    with pytest.raises(ValueError, match="two names"):
        table_of(*PATTERNS, "/orders/{number}")


@pytest.mark.parametrize(
    "pattern", ["/a/{b:uuid}", "/a/{b", "/a/b}", "/a/{}", "/a/x{b}", "/a/{b}{c}", "/a/{B}", "/a/{b:int}/{b}"]
)
def test_what_the_grammar_does_not_know_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="parameter"):
        PathPattern(pattern)


def test_a_pattern_is_written_for_openapi_without_its_types() -> None:
    assert PathPattern("/sub/session/{session_id:int}/{kind}").bare == "/sub/session/{session_id}/{kind}"


def test_what_is_added_later_is_found_though_it_was_looked_for_before() -> None:
    table = table_of("/orders")
    assert table.find("/tickets") is None

    table.setdefault("/tickets", "/tickets")

    assert table.find("/tickets") == ("/tickets", {})


def test_long_paths_are_not_remembered_and_the_longest_are_not_looked_at() -> None:
    table = table_of(*PATTERNS, longest=8_000)
    for number in range(10):
        assert table.find(f"/orders/{number}{'x' * 1_000}") is not None
        assert table.find(f"/orders/{'x' * 8_000}") is None

    assert not table._remembered


def test_paths_that_recur_are_remembered_and_those_with_a_text_of_their_own_are_not() -> None:
    table = table_of("/all", "/orders/{order_id}", "/rows/{row_id:int}")

    for path in ("/all", "/rows/7", "/orders/7", "/rows/x"):
        table.find(path)

    assert set(table._remembered) == {"/all", "/rows/7"}
    assert table.find("/rows/7") == ("/rows/{row_id:int}", {"row_id": 7})


def test_so_many_paths_are_remembered_and_no_more() -> None:
    table = table_of("/rows/{row_id:int}")

    for row_id in range(REMEMBERED_PATHS + 1):
        table.find(f"/rows/{row_id}")

    assert len(table._remembered) <= REMEMBERED_PATHS
