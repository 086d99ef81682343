"""Write what routing's scripts and the desk have of the counselor states, from the table in apps/counseling/states.py.

python -m scripts.counselor_states           write
python -m scripts.counselor_states --check   only say which file is not what the table says; exit code 1 if any is
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from apps.counseling.states import COUNSELOR_STATES, CounselorState, CounselorStateRow, counselor_states

CHECKOUT = Path(__file__).resolve().parent.parent
LUA = Path("apps/counseling/routing/states.lua")
JAVASCRIPT = Path("static/counseling/desk/states.js")
FACTS = ("is_at_work", "is_on_queue", "takes_conversations")
CAUSES = ("when_full", "when_free", "after_missed_offers", "after_session", "at_limit")
LUA_HEAD = """\
-- states: the counselor states and their moves, by `make states` from apps/counseling/states.py. A fragment.
-- What a row does not name does not hold, or moves nobody; `moves` are the counselor's own.

"""
JAVASCRIPT_HEAD = """\
// By `make states` from apps/counseling/states.py.
import { gettext } from "../../common/i18n.js";

"""


def main() -> int:
    stale = {path: text for path, text in generated().items() if not is_current(path, text)}
    if sys.argv[1:] == ["--check"]:
        for path in stale:
            print(f"{path} is not what apps/counseling/states.py says: make states", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale.items():
        (CHECKOUT / path).write_text(text)
    return 0


def generated() -> Mapping[Path, str]:
    """Return the text of each generated file, by its path in the checkout."""
    return {LUA: as_lua(), JAVASCRIPT: as_javascript()}


def is_current(path: Path, text: str) -> bool:
    """Tell whether a generated file is there and has this text."""
    file = CHECKOUT / path
    return file.exists() and file.read_text() == text


def as_lua() -> str:
    """Return the fragment that the scripts include: STATES, and the state of whoever has no record."""
    rows = [f"  {state} = {{\n{_lua_fields(state.row)}  }},\n" for state in CounselorState]
    (off_work,) = counselor_states(lambda row: not row.is_at_work)
    return (
        f"{LUA_HEAD}local STATES = {{\n{''.join(rows)}}}\n\n"
        f'local OFF_WORK = "{off_work}" -- the state of whoever has no record\n'
    )


def _lua_fields(row: CounselorStateRow) -> str:
    facts = [f"{name} = true" for name in FACTS if getattr(row, name)]
    causes = [f'{name} = "{state}"' for name in CAUSES if (state := getattr(row, name)) is not None]
    moves = [f"moves = {{ {', '.join(f'{state} = true' for state in row.moves)} }}"]
    return "".join(f"    {', '.join(fields)},\n" for fields in (facts, causes, moves) if fields)


def as_javascript() -> str:
    """Return the desk's module: the names of the states, and their rows in the order of the buttons."""
    names = ", ".join(f'{state}: "{state}"' for state in CounselorState)
    rows = [f"  {state}: {{\n{_javascript_fields(row)}  }},\n" for state, row in COUNSELOR_STATES.items()]
    return (
        f"{JAVASCRIPT_HEAD}export const State = Object.freeze({{ {names} }});\n\n"
        "/** @type {Record<string, Desk.StateRow>} in the order of the buttons */\n"
        f"export const STATES = Object.freeze({{\n{''.join(rows)}}});\n"
    )


def _javascript_fields(row: CounselorStateRow) -> str:
    """Return what a row says, without what does not hold of it: every page of the desk loads this."""
    fields = {
        "name": f"() => gettext({json.dumps(row.desk_name)})",
        "text": f"() => gettext({json.dumps(row.desk_text)})",
        "lamp": json.dumps(row.lamp),
        "isAtWork": json.dumps(row.is_at_work),
        "isOnQueue": json.dumps(row.is_on_queue),
        "isOnDuty": json.dumps(row.is_on_duty),
        "takesConversations": json.dumps(row.takes_conversations),
        "hasLimit": json.dumps(row.at_limit is not None),
        "address": json.dumps(row.address),
        "moves": json.dumps(row.moves),
        "whenFree": json.dumps(row.when_free),
    }
    return "".join(f"    {name}: {value},\n" for name, value in fields.items() if value not in ("false", "null"))


if __name__ == "__main__":
    sys.exit(main())
