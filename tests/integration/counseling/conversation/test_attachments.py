"""Files in a conversation: known by their content, kept before they are sent, and shown to its people alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.counseling.models import Attachment, CounselSession
from apps.counseling.services import attachments
from apps.counseling.services.attachments import MAX_BYTES, MAX_UNSENT, shown_name
from apps.counseling.services.send_message import NewMessage, record_messages
from apps.counseling.states import SessionStatus
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_user
from tests.fast_lane import access_token

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
FILES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + b"\0" * 100,
    "image/gif": b"GIF89a" + b"\0" * 100,
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 100,
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\n" + b"\0" * 100,
}
NO_FILES = {
    "a page": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "a drawing with scripts": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a program": b"MZ\x90\0" + b"\0" * 100,
    "an archive": b"PK\x03\x04" + b"\0" * 100,
    "a text": b"hello there",
    "a page that calls itself a GIF in a comment": b"<!-- GIF89a --><script>alert(1)</script>",
    "nothing": b"",
}


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def session() -> CounselSession:
    category = make_category()
    return make_session(category, status=SessionStatus.IN_PROGRESS, counselor=make_counselor(category))


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user_id=user.pk, role=user.role)}")
    return client


def upload(session: CounselSession, user: User, content: bytes, *, name: str = "shot.png", claimed: str = "x/y") -> Any:
    file = SimpleUploadedFile(name, content, content_type=claimed)
    return client_of(user).post(f"/api/sessions/{session.pk}/attachments", {"file": file}, format="multipart")


def get(session: CounselSession, user: User, attachment_id: int) -> Any:
    return client_of(user).get(f"/api/sessions/{session.pk}/attachments/{attachment_id}", HTTP_ACCEPT="image/*")


def send(session: CounselSession, user: User, attachment_id: int, *, client_id: str = "m1") -> Any:
    with transaction.atomic():
        (outcome,) = record_messages([NewMessage(session.pk, user.pk, client_id, "", attachment_id)])
    return outcome


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content_type", FILES)
def test_images_and_pdf_go_from_the_customer_to_the_counselor(session: CounselSession, content_type: str) -> None:
    assert session.counselor is not None
    answer = upload(session, session.customer, FILES[content_type], claimed="text/html")
    assert (answer.status_code, answer.json()["content_type"]) == (201, content_type)
    sent = send(session, session.customer, answer.json()["id"])
    assert sent.event["attachment"] == answer.json()

    got = get(session, session.counselor, answer.json()["id"])

    assert got.getvalue() == FILES[content_type]
    assert got.headers["Content-Type"] == content_type


def test_a_file_comes_with_headers_that_let_a_browser_only_save_it(session: CounselSession) -> None:
    answer = upload(session, session.customer, PNG, name="좌석 배치도.html").json()
    got = get(session, session.customer, answer["id"])

    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got.headers["Content-Disposition"].startswith("attachment; filename")
    assert got.headers["Content-Disposition"].endswith(".png")
    assert got.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_image_is_refused_whatever_it_calls_itself(session: CounselSession, media: Path, kind: str) -> None:
    answer = upload(session, session.customer, NO_FILES[kind], name="innocent.png", claimed="image/png")

    assert (answer.status_code, answer.json()["code"]) == (422, "attachment_refused")
    assert not Attachment.objects.exists()
    assert not files_in(media)


def test_five_megabytes_are_taken_and_a_byte_more_is_not(session: CounselSession, media: Path) -> None:
    assert upload(session, session.customer, PNG.ljust(MAX_BYTES, b"\0")).status_code == 201
    answer = upload(session, session.customer, PNG.ljust(MAX_BYTES + 1, b"\0"))
    assert (answer.status_code, answer.json()["code"]) == (422, "attachment_refused")
    answer = upload(session, session.customer, PNG.ljust(2 * MAX_BYTES, b"\0"))
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")

    assert Attachment.objects.count() == len(files_in(media)) == 1


def test_strangers_neither_put_files_in_nor_get_them(session: CounselSession) -> None:
    answer = upload(session, session.customer, PNG).json()
    send(session, session.customer, answer["id"])
    other = make_session(session.category, status=SessionStatus.IN_PROGRESS, counselor=session.counselor)

    for stranger in (make_user(), make_counselor(session.category)):
        assert upload(session, stranger, PNG).status_code == 404
        assert get(session, stranger, answer["id"]).status_code == 404
    assert get(other, other.customer, answer["id"]).status_code == 404  # by way of a conversation of their own
    assert APIClient().get(f"/api/sessions/{session.pk}/attachments/{answer['id']}").status_code == 401
    assert Attachment.objects.count() == 1


def test_a_file_that_was_not_sent_is_nobody_elses_yet(session: CounselSession) -> None:
    assert session.counselor is not None
    answer = upload(session, session.customer, PNG).json()

    assert get(session, session.counselor, answer["id"]).status_code == 404
    assert get(session, session.customer, answer["id"]).status_code == 200


def test_a_file_is_sent_once_and_by_whom_it_belongs_to(session: CounselSession) -> None:
    assert session.counselor is not None
    file_id = upload(session, session.customer, PNG).json()["id"]

    refused = send(session, session.counselor, file_id)
    assert refused.code == "validation_error"
    assert send(session, session.customer, file_id).is_new
    assert send(session, session.customer, file_id, client_id="m2").code == "validation_error"


def test_after_the_end_no_file_comes_in(session: CounselSession, media: Path) -> None:
    CounselSession.objects.filter(pk=session.pk).update(status=SessionStatus.ENDED, is_open=None)
    answer = upload(session, session.customer, PNG)

    assert (answer.status_code, answer.json()["code"]) == (409, "session_state")
    assert not Attachment.objects.exists()
    assert not files_in(media)


def test_who_only_reads_puts_no_file_in(session: CounselSession) -> None:
    former = session.counselor
    assert former is not None
    session.assignments.update(is_live=None, ended_at=session.requested_at)
    CounselSession.objects.filter(pk=session.pk).update(counselor=make_counselor(session.category))

    assert upload(session, former, PNG).json()["code"] == "permission_denied"
    assert not Attachment.objects.exists()


def test_files_that_wait_to_be_sent_are_bounded(session: CounselSession, media: Path) -> None:
    for _ in range(MAX_UNSENT):
        assert upload(session, session.customer, PNG).status_code == 201
    assert upload(session, session.customer, PNG).json()["code"] == "attachment_refused"
    assert len(files_in(media)) == MAX_UNSENT


def test_a_file_whose_row_could_not_be_written_is_removed(
    session: CounselSession, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(attachments, "database_now", away)
    upload(session, session.customer, PNG)

    assert not files_in(media)


def test_a_body_that_is_no_form_is_refused(session: CounselSession) -> None:
    path = f"/api/sessions/{session.pk}/attachments"
    client = client_of(session.customer)

    assert client.post(path, {"file": "x"}, format="json").json()["code"] == "unsupported_media_type"
    assert client.post(path, b"x", content_type="multipart/form-data").json()["code"] == "malformed_body"
    assert client.post(path, {"file": "a text field"}, format="multipart").json()["code"] == "validation_error"
    many = {f"file{number}": SimpleUploadedFile("a.png", PNG) for number in range(101)}
    assert client.post(path, many, format="multipart").json()["code"] == "malformed_body"
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("shot.jpeg", "shot.png"),
        ("../../etc/passwd", "file.png"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie: x.png"),
        ("gnp\u202egpj.exe", "gnpgpj.png"),
        ("card 4111-1111-1111-1111.png", "card ****-****-****-1111.png"),
        ("", "file.png"),
        ("...", "file.png"),
        ("x" * 300 + ".png", "x" * 116 + ".png"),
    ],
)
def test_a_name_is_shown_short_and_harmless(name: str, shown: str) -> None:
    assert shown_name(name, content_type="image/png") == shown
