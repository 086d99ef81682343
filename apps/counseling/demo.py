"""The demo's counseling centre: what can be asked about, and the five counselors with what they know."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.models import Permission

from apps.accounts.models import Role, User
from apps.counseling.models import CannedReply, Category, CounselorProfile, Domain, WrapUpCode

DOMAINS = {
    "예매": ("좌석 선택", "대기열"),
    "결제": ("결제 오류", "취소와 환불"),
    "티켓": ("모바일 티켓", "공연장 안내"),
}
WRAP_UPS = {
    WrapUpCode.NONE_GIVEN: "지정하지 않음",
    "solved": "해결됨",
    "refunded": "환불 처리",
    "forwarded": "담당 부서 전달",
    "no_answer": "고객 응답 없음",
}
REPLIES = {
    "hello": ("인사", "안녕하세요, 티켓라이브 상담사입니다. 무엇을 도와드릴까요?"),
    "wait": ("확인 중", "확인하는 동안 잠시만 기다려 주세요."),
    "refund": ("환불 안내", "취소 수수료를 뺀 금액이 결제하신 수단으로 3~5영업일 안에 환불됩니다."),
    "bye": ("마침", "더 궁금한 점이 있으시면 언제든 문의해 주세요. 감사합니다."),
}
ACTING, SUPERVISING = "counselor1@example.com", "counselor5@example.com"


def seed() -> Iterator[str]:
    """Make what is missing; what exists stays as it is."""
    categories = [
        Category.objects.get_or_create(domain=domain, name=name, defaults={"position": position})[0]
        for domain, names in _domains()
        for position, name in enumerate(names)
    ]
    for code, name in WRAP_UPS.items():
        WrapUpCode.objects.get_or_create(code=code, defaults={"name": name})
    for shortcut, (title, content) in REPLIES.items():
        CannedReply.objects.get_or_create(shortcut=shortcut, owner=None, defaults={"title": title, "content": content})
    counselors = _counselors(categories)
    yield (
        f"counseling: {len(categories)} categories, {counselors} counselors; {ACTING} may act on orders, "
        f"{SUPERVISING} supervises"
    )


def _domains() -> Iterator[tuple[Domain, tuple[str, ...]]]:
    for position, (name, categories) in enumerate(DOMAINS.items()):
        yield Domain.objects.get_or_create(name=name, defaults={"position": position})[0], categories


def _counselors(categories: list[Category]) -> int:
    """Give each demo counselor a profile and, when it is new, skills: every category has several who know it."""
    users = User.objects.filter(role=Role.COUNSELOR, email__startswith="counselor", email__endswith="@example.com")
    count = 0
    for number, user in enumerate(users.order_by("pk")):
        profile, is_new = CounselorProfile.objects.get_or_create(user=user)
        count += 1
        if is_new:
            knows = [one for position, one in enumerate(categories) if number % 2 == 0 or position % 3 != number % 3]
            profile.skills.set(knows)
        permissions = {ACTING: ["act_on_orders"], SUPERVISING: ["supervise", "act_on_orders"]}.get(user.email, [])
        user.user_permissions.add(
            *Permission.objects.filter(content_type__app_label="counseling", codename__in=permissions)
        )
    return count
