"""The headers of Lua scripts, and the calls that they allow."""

from pathlib import Path

import pytest
from pytest_django import Settings

from apps.common.redis.scripts import Header, HeaderError, LuaScript, load_script

RESERVE = """\
-- reserve: hold all seats of an order, or none.
-- A further line of comment.
-- KEYS[1] cells:{performance:ID}   packed seat cells
-- KEYS[2] orders:{performance:ID}  orders by id
-- ARGV[1] user_id
-- ARGV[2..] ordinals of the seats
-- returns {"HELD", version} | {"TAKEN", ordinals...}
return {"HELD", ARGV[1], #ARGV, KEYS[1], KEYS[2]}
"""


def test_a_header_says_what_a_script_takes_and_gives() -> None:
    header = Header.parse(RESERVE)

    assert (header.name, header.purpose) == ("reserve", "hold all seats of an order, or none.")
    assert header.keys.descriptions[0] == "cells:{performance:ID}   packed seat cells"
    assert not header.keys.variadic
    assert header.args.variadic
    assert header.returns == '{"HELD", version} | {"TAKEN", ordinals...}'


@pytest.mark.parametrize(
    "text",
    [
        "return 1",
        "-- no name\nreturn 1",
        "-- late: begins with the second.\n-- KEYS[2] seat\n",
        "-- greedy: takes any number twice.\n-- ARGV[1..] seats\n-- ARGV[2..] orders\n",
    ],
)
def test_a_header_that_leaves_something_out_is_refused(text: str) -> None:
    with pytest.raises(HeaderError):
        Header.parse(text)


SHARING = "-- leave: leaves.\n-- KEYS as in keys.lua\n-- returns {}\n"


def test_scripts_share_the_keys_that_a_fragment_declares(tmp_path: Path) -> None:
    (tmp_path / "keys.lua").write_text("-- keys: names them.\n-- KEYS[1] line\n-- KEYS[2] sessions\n")

    header = Header.parse(SHARING, folder=tmp_path)

    assert (header.keys.descriptions, header.keys_from) == (("line", "sessions"), "keys.lua")


def test_keys_are_declared_in_one_place(tmp_path: Path) -> None:
    (tmp_path / "keys.lua").write_text("-- keys: names them.\n-- KEYS[1] line\n")

    with pytest.raises(HeaderError, match="declared once"):
        Header.parse(SHARING + "-- KEYS[1] line\n", folder=tmp_path)
    with pytest.raises(HeaderError, match="declared once"):
        Header.parse(SHARING)


@pytest.mark.parametrize(
    ("keys", "args"),
    [(["a"], [1]), (["a", "b", "c"], [1]), (["a", "b"], [])],
    ids=["a key too few", "a key too many", "an argument too few"],
)
def test_a_call_that_the_header_does_not_allow_is_refused(keys: list[str], args: list[int]) -> None:
    with pytest.raises(TypeError, match="reserve takes"):
        LuaScript(RESERVE, header=Header.parse(RESERVE)).run(keys, args)


def test_keys_of_two_performances_in_one_call_are_refused_while_developing(settings: Settings) -> None:
    settings.DEBUG = True
    keys = ["cells:{performance:1}", "orders:{performance:2}"]

    with pytest.raises(TypeError, match="different slots"):
        LuaScript(RESERVE, header=Header.parse(RESERVE)).run(keys, [7])


def test_an_included_fragment_is_put_in_once(tmp_path: Path) -> None:
    (tmp_path / "clock.lua").write_text("-- clock: tell the time.\nlocal function clock() return 1 end\n")
    (tmp_path / "free.lua").write_text("-- free: free what is due.\n-- include clock.lua\nlocal due = clock()\n")
    (tmp_path / "reserve.lua").write_text(
        "-- reserve: hold.\n-- include clock.lua\n-- include free.lua\n-- returns due\nreturn due\n"
    )

    script = load_script(str(tmp_path / "store.py"), "reserve.lua")

    assert script.source.count(b"local function clock") == 1
    assert script.source.index(b"local function clock") < script.source.index(b"local due = clock()")


def test_a_script_that_calls_itself_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "release.lua").write_text(RESERVE)

    with pytest.raises(HeaderError, match="calls itself reserve"):
        load_script(str(tmp_path / "store.py"), "release.lua")
