"""The demo's three halls."""

from __future__ import annotations

from apps.concerts.venue_plans.plan import SectionPlan, VenuePlan

ARENA_LEVELS = ("플로어", "1층", "2층", "3층")
ARENA_BLOCKS = ((4, 20, 25), (6, 20, 25), (6, 20, 25), (8, 10, 25))
"""By level: sections, rows of a section, seats of a row."""


def arena_section_codes(level: int) -> list[str]:
    """The codes of the arena's sections of one level, 1 for the floor: F1 to F4, then 101, 102, ..."""
    count = ARENA_BLOCKS[level - 1][0]
    prefix = "F" if level == 1 else f"{level - 1}0"
    return [f"{prefix}{number}" for number in range(1, count + 1)]


def _arena_section(code: str, *, level: int) -> SectionPlan:
    _, rows, seats = ARENA_BLOCKS[level - 1]
    return SectionPlan(
        code=code,
        name=f"{ARENA_LEVELS[level - 1]} {code}구역",
        level=level,
        rows=rows,
        seats=seats,
        aisles=[8, 17],
        accessible=[f"1-{number}" for number in range(1, 5)] if code in {"101", "106"} else [],
    )


ARENA = VenuePlan(
    name="한빛 아레나",
    city="서울",
    address="서울특별시 송파구 한빛대로 7",
    sections=[_arena_section(code, level=level) for level in (1, 2, 3, 4) for code in arena_section_codes(level)],
)

THEATRE = VenuePlan(
    name="달빛극장",
    city="서울",
    address="서울특별시 종로구 달빛길 19",
    sections=[
        SectionPlan(code="A", name="1층 A구역", rows=12, seats=8),
        SectionPlan(code="B", name="1층 B구역", rows=12, seats=14, accessible=["12-1", "12-2", "12-13", "12-14"]),
        SectionPlan(code="C", name="1층 C구역", rows=12, seats=8),
        SectionPlan(code="D", name="2층 D구역", level=2, rows=7, seats=20, aisles=[6, 14]),
    ],
)

STUDIO = VenuePlan(
    name="소극장 골목",
    city="서울",
    address="서울특별시 종로구 대학로 골목 3",
    sections=[SectionPlan(code="전석", name="전석", rows=8, seats=15, aisles=[5, 10], accessible=["8-1", "8-15"])],
)
