"""What is given in the demo's halls. People, plays and halls are invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from apps.concerts.demo.halls import ARENA, STUDIO, THEATRE, arena_section_codes
from apps.concerts.models import Genre, WaitingRoomMode
from apps.concerts.policy_presets import KFTC_STANDARD, TICKET_SITES
from apps.concerts.services.set_prices import GradePrice
from apps.concerts.venue_plans.plan import VenuePlan

SOLD_OUT_SLUG = "the-last-train"
NOTICE = "예매자 본인 확인 후 입장하며, 공연 시작 후에는 입장이 제한될 수 있습니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """A concert and the one performance that the demo gives of it, its times counted from the day of seeding."""

    slug: str
    title: str
    genre: Genre
    organiser: str
    description: str
    running_minutes: int
    age_limit: int
    policy: str
    hall: VenuePlan
    days_ahead: int
    starts: time
    opens_in: timedelta
    prices: Sequence[GradePrice]
    waiting_room_mode: WaitingRoomMode

    @property
    def poster(self) -> str:
        return f"posters/{self.slug}.svg"


PROGRAMME = (
    Billing(
        slug="when-waves-turn-to-night",
        title="윤슬 콘서트 〈파도가 밤이 될 때〉",
        genre=Genre.CONCERT,
        organiser="물결레코드",
        description=(
            "정규 3집 《파도가 밤이 될 때》를 처음부터 끝까지 들려주는 단 하루의 공연. "
            "열두 인조 현악과 함께, 해 질 녘부터 한밤까지의 바다를 노래합니다."
        ),
        running_minutes=130,
        age_limit=8,
        policy=TICKET_SITES,
        hall=ARENA,
        days_ahead=45,
        starts=time(18),
        opens_in=timedelta(hours=-1),
        prices=(
            GradePrice(name="VIP", price_krw=165_000, color="#7c3aed", sections=arena_section_codes(1)),
            GradePrice(name="R", price_krw=143_000, color="#db2777", sections=arena_section_codes(2)),
            GradePrice(name="S", price_krw=121_000, color="#0284c7", sections=arena_section_codes(3)),
            GradePrice(name="A", price_krw=99_000, color="#059669", sections=arena_section_codes(4)),
        ),
        waiting_room_mode=WaitingRoomMode.QUEUE,
    ),
    Billing(
        slug="gyeongseong-post-office",
        title="뮤지컬 〈경성 우체국〉",
        genre=Genre.MUSICAL,
        organiser="극단 봉투",
        description=(
            "1936년 경성, 부치지 못한 편지만 모이는 창구가 있었다. "
            "편지를 읽어서는 안 되는 우체부와 글을 모르는 소녀가 스무 해 뒤의 봄으로 답장을 보낸다."
        ),
        running_minutes=150,
        age_limit=13,
        policy=TICKET_SITES,
        hall=THEATRE,
        days_ahead=21,
        starts=time(19, 30),
        opens_in=timedelta(hours=-1),
        prices=(
            GradePrice(name="R", price_krw=110_000, color="#db2777", sections=["B"]),
            GradePrice(name="S", price_krw=88_000, color="#0284c7", sections=["A", "C"]),
            GradePrice(name="A", price_krw=55_000, color="#059669", sections=["D"]),
        ),
        waiting_room_mode=WaitingRoomMode.OPEN,
    ),
    Billing(
        slug="twelve-strings-under-the-moon",
        title="산조의 밤 〈달 아래 열두 줄〉",
        genre=Genre.TRADITIONAL,
        organiser="한가람 국악회",
        description="진양조에서 휘모리까지, 가야금 산조 한바탕을 마이크 없이 듣는 밤. 장구 한 대가 함께합니다.",
        running_minutes=90,
        age_limit=8,
        policy=KFTC_STANDARD,
        hall=THEATRE,
        days_ahead=60,
        starts=time(19, 30),
        opens_in=timedelta(days=7),
        prices=(
            GradePrice(name="R", price_krw=70_000, color="#db2777", sections=["B"]),
            GradePrice(name="S", price_krw=50_000, color="#0284c7", sections=["A", "C"]),
            GradePrice(name="A", price_krw=30_000, color="#059669", sections=["D"]),
        ),
        waiting_room_mode=WaitingRoomMode.QUEUE,
    ),
    Billing(
        slug=SOLD_OUT_SLUG,
        title="연극 〈막차는 오지 않는다〉",
        genre=Genre.PLAY,
        organiser="창작집단 종점",
        description="눈 내리는 간이역 대합실, 오지 않는 막차를 기다리는 네 사람. 저마다 놓친 것은 기차만이 아니다.",
        running_minutes=100,
        age_limit=15,
        policy=KFTC_STANDARD,
        hall=STUDIO,
        days_ahead=14,
        starts=time(20),
        opens_in=timedelta(days=-3),
        prices=(GradePrice(name="R", price_krw=40_000, color="#db2777", sections=["전석"]),),
        waiting_room_mode=WaitingRoomMode.OPEN,
    ),
)
