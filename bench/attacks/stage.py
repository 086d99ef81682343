"""What has to be there: a sale with a line, people who read it, conversations, and the attacker's accounts."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from apps.accounts.models import Role, User
from apps.accounts.services.issue_tokens import IssuedToken, issue_tokens
from apps.common.clock import database_now
from apps.concerts.models import WaitingRoomMode
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room
from apps.counseling.models import CounselMessage, CounselSession
from apps.counseling.states import EntryType, SenderRole, SessionStatus
from bench.attacks.target import Account, Target
from bench.stage import Stage
from tests.counseling_factories import make_category, make_session

READERS, ATTACKERS = 20, 8
FORWARDED = "X-Forwarded-For: {}"
HONEST_ADDRESS, ATTACKERS_ADDRESS = "198.51.100.7", "203.0.113.9"
NO_SESSION = 2**40
FIRST_WORDS, WORD_CHARACTERS = 200, 4_000  # in each conversation of the attacker's


@dataclass(frozen=True, slots=True)
class Honest:
    """Who reads, and the two of a conversation."""

    readers: list[IssuedToken]
    performance_id: int
    customer: IssuedToken
    counselor: IssuedToken
    session_id: int
    forwarded: str = FORWARDED.format(HONEST_ADDRESS)


@dataclass(frozen=True, slots=True)
class Scene:
    """Both sides; the target's address is that of no server yet."""

    honest: Honest
    target: Target

    def at(self, url: str) -> Target:
        """Return the target with the address of a server."""
        address = urlsplit(url)
        assert address.hostname is not None
        assert address.port is not None
        mine = {name: getattr(self.target, name) for name in self.target.__struct_fields__}
        return Target(**mine | {"host": address.hostname, "port": address.port})


def prepare() -> Scene:
    """Put two performances on sale, fill the line of one, and let the conversations begin."""
    stage = Stage(crowd=0)
    customer, *people = stage.tokens(1 + READERS + ATTACKERS)  # all of them at once: the same count has the same people
    stage.crowd, attackers = people[:READERS], people[READERS:]
    performance, without_line = stage.performance(), stage.performance()
    stage.fill_line(performance)
    change_waiting_room(without_line.pk, actor=None, mode=WaitingRoomMode.OPEN)
    category = make_category(name="bench")
    (counselor,) = issue_tokens(count=1, role=Role.COUNSELOR)

    def conversation(person: IssuedToken) -> CounselSession:
        return make_session(
            category,
            customer=User.objects.get(pk=person.user_id),
            counselor=User.objects.get(pk=counselor.user_id),
            status=SessionStatus.IN_PROGRESS,
        )

    honest = Honest(stage.crowd, performance.pk, customer, counselor, conversation(customer).pk)
    accounts = []
    for person in attackers:
        session = conversation(person)
        _fill(session)
        accounts.append(Account(person.user_id, person.access, session.pk))
    target = Target(
        host="",
        port=0,
        forwarded=FORWARDED.format(ATTACKERS_ADDRESS),
        accounts=accounts,
        foreign_session_id=honest.session_id,
        no_session_id=NO_SESSION,
        performance_id=without_line.pk,
        seat_ids=[seat.pk for seat in stage.seats[:ATTACKERS]],
    )
    return Scene(honest, target)


def _fill(session: CounselSession) -> None:
    """Let a conversation be as long as one page of its replay."""
    now = database_now()
    CounselMessage.objects.bulk_create(
        CounselMessage(
            session=session,
            seq=number,
            type=EntryType.MESSAGE,
            client_message_id=f"first-{number}",
            sender_id=session.customer_id,
            sender_role=SenderRole.CUSTOMER,
            content="1 " * (WORD_CHARACTERS // 2),
            sent_at=now,
        )
        for number in range(1, FIRST_WORDS + 1)
    )
    CounselSession.objects.filter(pk=session.pk).update(last_seq=FIRST_WORDS)
