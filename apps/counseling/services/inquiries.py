"""Questions in writing, for when nobody is there or the wait is long; staff answer them by e-mail."""

from __future__ import annotations

from django.core.mail import send_mail
from django.db import transaction

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.errors import NotFound, ValidationFailed
from apps.counseling.errors import SessionStateConflict
from apps.counseling.models import Category, CounselSession, Inquiry
from apps.counseling.services.leave_line import leave_line
from apps.counseling.states import EndReason


def write_inquiry(
    customer_id: int, *, category_id: int, subject: str, content: str, session_id: int | None = None
) -> Inquiry:
    """Keep a question; who waited with it leaves the line (`session_id`).

    Raises:
        ValidationFailed: no such category.
        NotFound: not this customer's session.
        SessionStateConflict: somebody has answered by now.
    """
    if not Category.objects.filter(pk=category_id, is_active=True).exists():
        raise ValidationFailed(errors={"category_id": ["There is no such category."]})
    email = User.objects.values_list("email", flat=True).get(pk=customer_id)
    with transaction.atomic():
        if session_id is not None:
            if Inquiry.objects.filter(session=session_id).exists():
                raise SessionStateConflict("There is an inquiry for this request")
            if not CounselSession.objects.filter(pk=session_id, customer=customer_id).exists():
                raise NotFound
            leave_line(session_id, customer_id=customer_id, reason=EndReason.INQUIRY)
        return Inquiry.objects.create(
            customer_id=customer_id,
            category_id=category_id,
            session_id=session_id,
            email=email,
            subject=subject.strip(),
            content=content.strip(),
            created_at=database_now(),
        )


def answer_inquiry(inquiry_id: int, *, answer: str, staff_id: int) -> bool:
    """Answer an inquiry, once, and send the answer by e-mail; tell whether this call did.

    The mail goes out behind the commit; one that fails is raised, and the inquiry is open again.
    """
    answered = Inquiry.objects.filter(pk=inquiry_id, status=Inquiry.Status.OPEN).update(
        status=Inquiry.Status.ANSWERED, answer=answer, answered_by=staff_id, answered_at=database_now()
    )
    if not answered:
        return False
    inquiry = Inquiry.objects.get(pk=inquiry_id)
    try:
        send_mail(f"Re: {inquiry.subject}", f"{answer}\n\n> {inquiry.content}", None, [inquiry.email])
    except OSError:
        Inquiry.objects.filter(pk=inquiry_id).update(status=Inquiry.Status.OPEN, answered_by=None, answered_at=None)
        raise
    return True
