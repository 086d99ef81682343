"""What was said: the numbered log of each conversation, its files, and what the counselors note for themselves."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.counseling.models.sessions import CounselSession
from apps.counseling.states import EntryType, SenderRole


class Attachment(models.Model):
    """A file of a conversation; its type is what its content says, and only the conversation's people get it."""

    session = models.ForeignKey(
        CounselSession, on_delete=models.PROTECT, related_name="attachments", verbose_name=_("conversation")
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(_("type"), max_length=40)
    size_bytes = models.PositiveIntegerField(_("bytes"))
    file = models.FileField(_("file"), upload_to="counseling/%Y/%m/%d/", max_length=200)
    created_at = models.DateTimeField(_("uploaded at"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name


class CounselMessage(models.Model):
    """An entry of a conversation's log. `seq` counts from 1 without a gap, in the order of the commits."""

    session = models.ForeignKey(
        CounselSession, on_delete=models.PROTECT, related_name="messages", verbose_name=_("conversation")
    )
    seq = models.PositiveIntegerField(_("number"))
    type = models.CharField(_("type"), max_length=12, choices=EntryType.choices, default=EntryType.MESSAGE)
    client_message_id = models.CharField(max_length=64, null=True)  # noqa: DJ001 - NULL is not unique
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("writer")
    )
    sender_role = models.CharField(_("role"), max_length=12, choices=SenderRole.choices)
    content = models.TextField(_("text"), blank=True)
    attachment = models.OneToOneField(
        Attachment, null=True, on_delete=models.PROTECT, related_name="message", verbose_name=_("file")
    )
    details = models.JSONField(
        _("details"), default=dict, help_text="what the type needs besides, such as an end's reason"
    )
    sent_at = models.DateTimeField(_("sent at"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["session", "seq"], name="counseling_one_message_per_number"),
            models.UniqueConstraint(
                fields=["session", "sender", "client_message_id"], name="counseling_one_message_per_client_id"
            ),
        ]
        ordering = ["session", "seq"]

    def __str__(self) -> str:
        return f"#{self.session_id}/{self.seq}"


class InternalNote(models.Model):
    """What counselors and supervisors note about a conversation; the customer never sees it.

    A `whisper` is a supervisor's word to the counselor while the conversation lasts.
    """

    session = models.ForeignKey(
        CounselSession, on_delete=models.PROTECT, related_name="notes", verbose_name=_("conversation")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("author")
    )
    content = models.TextField(_("text"), max_length=2000)
    is_whisper = models.BooleanField(_("whispered"), default=False)
    created_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"#{self.session_id}: {self.author_id}"
