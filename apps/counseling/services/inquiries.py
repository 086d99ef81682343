"""Questions in writing, for when nobody is there or the wait is long; staff answer them by e-mail."""

from __future__ import annotations

from django.core.mail import send_mail
from django.db import IntegrityError

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import in_transaction, retried_transaction
from apps.common.errors import ValidationFailed
from apps.counseling.errors import SessionStateConflict
from apps.counseling.models import Category, Inquiry
from apps.counseling.services.leave_line import leave_line
from apps.counseling.states import EndReason

MAIL_ANSWER = "counseling.mail_answer"


def write_inquiry(
    customer_id: int, *, category_id: int, subject: str, content: str, session_id: int | None = None
) -> Inquiry:
    """Keep a question; who waited with it leaves the line (`session_id`).

    Raises:
        ValidationFailed: no such category.
        NotFound: not this customer's session.
        SessionStateConflict: somebody has answered by now, or there is an inquiry for this session.
    """
    if not Category.objects.filter(pk=category_id, is_active=True).exists():
        raise ValidationFailed(errors={"category_id": ["There is no such category."]})
    email = User.objects.values_list("email", flat=True).get(pk=customer_id)

    def store() -> Inquiry:
        if session_id is not None:
            leave_line(session_id, customer_id=customer_id, reason=EndReason.INQUIRY)
        return Inquiry.objects.create(
            customer_id=customer_id,
            category_id=category_id,
            session_id=session_id,
            email=email,
            subject=" ".join(subject.split()),  # it becomes a header, which has one line
            content=content.strip(),
            created_at=database_now(),
        )

    try:
        return in_transaction(store)
    except IntegrityError as error:
        raise SessionStateConflict("There is an inquiry for this request") from error


@retried_transaction
def answer_inquiry(inquiry_id: int, *, answer: str, staff_id: int) -> bool:
    """Answer an inquiry, once; tell whether this call did.

    The answer goes out by e-mail after the commit, at once, or as soon as the mail server takes it.
    """
    answered = Inquiry.objects.filter(pk=inquiry_id, status=Inquiry.Status.OPEN).update(
        status=Inquiry.Status.ANSWERED, answer=answer, answered_by=staff_id, answered_at=database_now()
    )
    if answered:
        outbox.enqueue(MAIL_ANSWER, inquiry_id=inquiry_id)
    return bool(answered)


@outbox.handles(MAIL_ANSWER)
def mail_answer(*, inquiry_id: int) -> None:
    """Send the answer. Repeated, it is the same mail again."""
    inquiry = Inquiry.objects.get(pk=inquiry_id)
    send_mail(f"Re: {inquiry.subject}", f"{inquiry.answer}\n\n> {inquiry.content}", None, [inquiry.email])
