"""Staff publish in the admin and over the API: who may what, what is said, and a preview for them alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from apps.accounts.models import Role, User
from apps.concerts.models import CancellationPolicy, Concert, Grade, Performance, Publication, Venue
from apps.concerts.publication.content import Show, fingerprint_of
from apps.concerts.services.publication_steps import Step
from apps.concerts.services.publish_show import publish_show
from tests.factories import make_performance, make_user
from tests.fast_lane import access_token
from tests.shows import bring_to, make_draft, state_of
from tests.staff import make_staff, staff_client

pytestmark = pytest.mark.django_db(transaction=True)

P = Publication


def key_of(show: Show) -> str:
    return f"{'performance' if isinstance(show, Performance) else 'concert'}-{show.pk}"


def page_of(show: Show, name: str = "publication") -> str:
    return reverse(f"admin:concerts_{key_of(show).partition('-')[0]}_{name}", args=[show.pk])


def press(client: Client, step: str, *shows: Show, on: Show | None = None, **form: Any) -> str:
    """Press a button on the page of the first show, with these chosen; return what the page says then."""
    page = client.get(page_of(on or shows[0]))
    seen = {f"seen:{row.key}": row.content for row in page.context["rows"]}
    form = {"step": step, "show": [key_of(one) for one in shows], **seen, **form}
    return client.post(page_of(on or shows[0]), form, follow=True).content.decode()


@pytest.fixture
def editor() -> Client:
    return staff_client("catalogue")


@pytest.fixture
def publisher() -> Client:
    return staff_client("publication")


# In the admin


def test_a_concert_and_its_performances_go_public_in_three_steps(editor: Client, publisher: Client) -> None:
    performance = make_draft()
    both = (performance.concert, performance)

    assert "Submit for approval: done for 2." in press(editor, "submit", *both)
    assert "Approve: done for 2." in press(publisher, "approve", *both)
    assert "Publish: done for 2." in press(publisher, "publish", *both)

    assert [state_of(one) for one in both] == [P.PUBLISHED, P.PUBLISHED]
    assert Client().get(reverse("concert-page", args=[performance.concert.slug])).status_code == 200


def test_the_first_button_is_the_step_that_comes_next(editor: Client, publisher: Client) -> None:
    performance = make_draft()

    def first_button(reader: Client) -> tuple[str, bool]:
        page = reader.get(page_of(performance))
        return page.context["steps"][0][0], 'class="button\n                primary"' in page.content.decode()

    assert first_button(editor) == (Step.SUBMIT, True)
    press(editor, "submit", performance)
    assert first_button(publisher) == (Step.APPROVE, True)
    assert first_button(editor) == (Step.SUBMIT, False)  # who may not approve has nothing to bring it forward
    press(publisher, "approve", performance)
    assert first_button(publisher) == (Step.PUBLISH, True)
    Performance.objects.filter(pk=performance.pk).update(limit_per_person=1)
    assert first_button(editor) == (Step.SUBMIT, True)  # changed since: it has to be submitted again
    press(editor, "submit", performance)
    press(publisher, "reject", performance, reason="The hall is closed that day.")
    assert first_button(editor) == (Step.SUBMIT, True)


def test_the_page_says_what_is_missing_and_nothing_goes_on_without_it(editor: Client) -> None:
    performance = make_draft()
    Grade.objects.filter(performance=performance).delete()

    assert "Prices: no section has a grade." in editor.get(page_of(performance)).content.decode()
    assert "Prices: no section has a grade." in press(editor, "submit", performance)
    assert state_of(performance) == P.DRAFT


def test_one_performance_that_is_refused_does_not_keep_the_others(editor: Client) -> None:
    performance, other = make_draft(), make_draft()
    Performance.objects.filter(pk=other.pk).update(concert=performance.concert)
    Grade.objects.filter(performance=other).delete()

    said = press(editor, "submit", performance, other, on=performance.concert)

    assert "Submit for approval: done for 1." in said
    assert (state_of(performance), state_of(other)) == (P.SUBMITTED, P.DRAFT)


def test_the_history_says_who_when_from_to_and_why(editor: Client, publisher: Client) -> None:
    performance = make_draft()
    press(editor, "submit", performance)
    press(publisher, "reject", performance, reason="The hall is closed that day.")

    page = editor.get(page_of(performance))
    rows = [(event.by.nickname, event.from_label, event.to_label) for event in page.context["history"]]
    who = [User.objects.get(pk=client.session["_auth_user_id"]).nickname for client in (publisher, editor)]

    assert rows == [(who[0], "Submitted", "Rejected"), (who[1], "Draft", "Submitted")]
    assert "The hall is closed that day." in page.content.decode()
    assert "The hall is closed that day." in staff_client("read only").get("/admin/audit/").content.decode()


def test_what_changed_since_it_was_looked_at_is_not_approved(editor: Client, publisher: Client) -> None:
    performance = make_draft()
    press(editor, "submit", performance)
    page = publisher.get(page_of(performance))
    Grade.objects.filter(performance=performance).update(price_krw=1)

    form = {
        "step": "approve",
        "show": key_of(performance),
        f"seen:{key_of(performance)}": page.context["rows"][0].content,
    }
    said = publisher.post(page_of(performance), form, follow=True).content.decode()

    assert "It has changed since." in said
    assert "Changed since: it has to be submitted again." in said
    assert state_of(performance) == P.SUBMITTED


def test_a_show_is_set_for_a_time_in_the_sites_zone(publisher: Client, settings: Settings) -> None:
    performance = make_draft()
    bring_to(performance, P.APPROVED)
    tomorrow = timezone.localtime() + timedelta(days=1)

    press(publisher, "publish", performance, publish_at=f"{tomorrow:%Y-%m-%dT%H:%M}")

    performance.refresh_from_db()
    assert performance.publish_at == tomorrow.replace(second=0, microsecond=0)
    assert performance.is_scheduled(timezone.now())


@pytest.mark.parametrize(("group", "step", "status"), [
    ("catalogue", "submit", 302), ("catalogue", "approve", 403), ("catalogue", "reject", 403),
    ("catalogue", "publish", 403), ("catalogue", "take_back", 403), ("publication", "submit", 403),
    ("publication", "approve", 302), ("read only", "approve", 403), ("sales", "approve", 403),
])  # fmt: skip
def test_who_edits_submits_and_another_permission_publishes(group: str, step: str, status: int) -> None:
    performance = make_draft()
    for show in (performance, performance.concert):
        form = {"step": step, "show": key_of(show)}
        assert staff_client(group).post(page_of(show), form).status_code == status


def test_the_page_offers_the_steps_that_follow_and_that_the_reader_may_take(publisher: Client) -> None:
    performance = make_draft()
    offered = lambda client: [step for step, _ in client.get(page_of(performance)).context["steps"]]  # noqa: E731

    assert (offered(publisher), offered(staff_client("catalogue"))) == ([], ["submit"])
    bring_to(performance, P.SUBMITTED)
    assert (offered(publisher), offered(staff_client("read only"))) == (["approve", "reject"], [])


def test_a_step_that_is_none_changes_nothing(publisher: Client) -> None:
    performance = make_draft()
    for form in ({}, {"step": "forget"}, {"step": "publish", "publish_at": "soon", "show": key_of(performance)}):
        assert publisher.post(page_of(performance), form).status_code == 200
    assert publisher.post(page_of(performance), {"step": "approve", "show": "performance-1e9"}).status_code == 302
    assert state_of(performance) == P.DRAFT


# What the admin keeps as it was approved


def post_form(client: Client, address: str, **changes: Any) -> str:
    """Send a model's form of the admin as it stands, with changes."""
    page = client.get(address).context
    forms = [page["adminform"].form, *(one.formset.management_form for one in page["inline_admin_formsets"])]
    forms += [form for one in page["inline_admin_formsets"] for form in one.formset.initial_forms]
    values: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            if isinstance(bound.field.widget.__class__.__name__, str) and hasattr(bound.field.widget, "decompress"):
                for number, part in enumerate(bound.field.widget.decompress(value)):
                    values[f"{bound.html_name}_{number}"] = "" if part is None else str(part)
            else:
                values[bound.html_name] = "" if value is None else value
    return client.post(address, values | changes, follow=True).content.decode()


@pytest.mark.parametrize("what", ["concert", "policy", "hall"])
def test_what_is_set_for_a_time_is_not_edited_in_the_admin_either(what: str) -> None:
    performance = make_draft()
    show: Show = performance if what == "hall" else performance.concert
    bring_to(show, P.APPROVED)
    publish_show(show, by=make_staff("publication"), at=timezone.now() + timedelta(days=1))
    content = fingerprint_of(show)
    model, pk, changes = {
        "concert": ("concert", performance.concert_id, {"title": "Another"}),
        "policy": ("cancellationpolicy", performance.concert.cancellation_policy_id, {"name": "Another"}),
        "hall": ("venue", performance.venue_id, {"name": "Another"}),
    }[what]

    said = post_form(staff_client("catalogue"), reverse(f"admin:concerts_{model}_change", args=[pk]), **changes)

    assert "set to be published" in said
    assert fingerprint_of(show) == content


@pytest.mark.parametrize(("page", "form"), [
    ("prices", {"prices": "VIP 1: A"}),
    ("waiting_room", {"mode": "CLOSED", "rate": "2.0", "inside_limit": "500", "opens_minutes_before": "30"}),
])  # fmt: skip
def test_its_own_pages_say_why_nothing_has_changed(editor: Client, page: str, form: dict[str, str]) -> None:
    performance = make_draft()
    bring_to(performance, P.APPROVED)
    publish_show(performance, by=make_staff("publication"), at=timezone.now() + timedelta(days=1))
    content = fingerprint_of(performance)
    initial = {"version": Performance.objects.get(pk=performance.pk).catalogue_version, "initial-mode": "OPEN"}

    said = editor.post(page_of(performance, page), {**initial, **form}, follow=True)

    assert "set to be published" in said.content.decode()
    assert (said.status_code, fingerprint_of(performance)) == (200, content)


def test_of_many_waiting_rooms_those_that_may_not_be_changed_are_named(editor: Client) -> None:
    scheduled, other = make_draft(), make_draft()
    bring_to(scheduled, P.APPROVED)
    publish_show(scheduled, by=make_staff("publication"), at=timezone.now() + timedelta(days=1))
    form = {"action": "waiting_room_closed", "_selected_action": [scheduled.pk, other.pk]}

    said = editor.post(reverse("admin:concerts_performance_changelist"), form, follow=True).content.decode()

    assert "set to be published" in said
    assert "Waiting rooms changed: 1." in said


def test_a_published_performance_keeps_a_price_on_its_page_too(editor: Client) -> None:
    performance = make_performance()
    form = {"prices": "VIP 1: Z", "version": Performance.objects.get(pk=performance.pk).catalogue_version}

    assert editor.post(page_of(performance, "prices"), form).status_code == 200
    assert performance.grades.count() == 2


def test_a_concert_is_edited_without_undoing_a_step_that_is_taken_meanwhile(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    performance = make_draft()
    concert = performance.concert
    bring_to(concert, P.SUBMITTED)
    save = Concert.save

    def approved_just_before(self: Concert, *args: Any, **kwargs: Any) -> None:
        Concert.objects.filter(pk=self.pk).update(publication=P.APPROVED)
        save(self, *args, **kwargs)

    monkeypatch.setattr(Concert, "save", approved_just_before)
    post_form(editor, reverse("admin:concerts_concert_change", args=[concert.pk]), title="Another")

    concert.refresh_from_db()
    assert (concert.title, state_of(concert)) == ("Another", P.APPROVED)


def test_the_fees_of_a_published_concert_are_not_all_taken_away(editor: Client) -> None:
    policy = make_performance(in_redis=False).concert.cancellation_policy
    address = reverse("admin:concerts_cancellationpolicy_change", args=[policy.pk])
    gone = {f"tiers-{number}-DELETE": "on" for number in range(policy.tiers.count())}

    assert "it needs its fees" in post_form(editor, address, **gone)
    assert CancellationPolicy.objects.get(pk=policy.pk).tiers.exists()


# The preview


def test_staff_see_the_page_as_it_will_be_and_nobody_else_does(editor: Client) -> None:
    performance = make_draft()
    Venue.objects.filter(pk=performance.venue_id).update(name="A hall nobody knows of")
    address = page_of(performance.concert, "preview")

    shown = editor.get(address)
    customer = Client()
    customer.force_login(make_user())

    assert shown.status_code == 200
    assert "A hall nobody knows of" in shown.content.decode()
    assert "Preview for staff" in shown.content.decode()
    assert (shown["X-Robots-Tag"], "no-store" in shown["Cache-Control"]) == ("noindex", True)
    assert "application/ld+json" not in shown.content.decode()
    assert 'class="performance-action" inert' in shown.content.decode(), "what cannot be booked yet has no way there"
    for stranger in (Client(), customer):
        assert "/admin/login/" in stranger.get(address)["Location"]
    assert staff_client("support lead").get(address).status_code == 403
    assert editor.get(reverse("admin:concerts_concert_preview", args=[987_654])).status_code == 404


# Over the API


def call(show: Show, user: User, role: Role = Role.STAFF, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {access_token(user_id=user.pk, role=role)}"}
    path = f"/api/{key_of(show).partition('-')[0]}s/{show.pk}/publication"
    if body:
        return Client().post(path, body, headers=headers, content_type="application/json")
    return Client().get(path, headers=headers)


def test_the_api_tells_where_a_show_stands_and_moves_it_on() -> None:
    performance, editor, publisher = make_draft(), make_staff("catalogue"), make_staff("publication")

    for show in (performance, performance.concert):
        submitted = call(show, editor, step="submit").json()
        approved = call(show, publisher, step="approve", content=submitted["content"]).json()
        published = call(show, publisher, step="publish").json()

        assert [one["publication"] for one in (submitted, approved, published)] == [
            "SUBMITTED",
            "APPROVED",
            "PUBLISHED",
        ]
        assert call(show, editor).json() == published
        assert [(one["by"], one["before"], one["after"]) for one in published["history"]] == [
            (editor.pk, "DRAFT", "SUBMITTED"),
            (publisher.pk, "SUBMITTED", "APPROVED"),
            (publisher.pk, "APPROVED", "PUBLISHED"),
        ]
        assert (published["missing"], published["publish_at"]) == ([], None)


def test_a_refusal_is_a_problem_document_and_nothing_changes(settings: Settings) -> None:
    settings.PUBLICATION_NEEDS_TWO = True
    performance, both = make_draft(), make_staff("catalogue", "publication")
    sold = make_performance(in_redis=False)
    Grade.objects.filter(performance=(bare := make_draft())).delete()
    content = call(performance, both, step="submit").json()["content"]

    refusals = [
        call(performance, both, step="publish"),
        call(performance, both, step="approve", content="something else"),
        call(performance, both, step="approve", content=content),
        call(performance, both, step="reject"),
        call(bare, both, step="submit"),
        call(sold, both, step="submit"),
    ]

    assert [(one.status_code, one.json()["code"]) for one in refusals] == [
        (409, "publication_conflict"),
        (409, "content_changed"),
        (403, "second_person_needed"),
        (422, "validation_error"),
        (409, "show_incomplete"),
        (409, "publication_conflict"),
    ]
    assert refusals[0].json()["publication"] == "SUBMITTED"
    assert refusals[4].json()["missing"] == ["prices"]
    assert all(one["Content-Type"] == "application/problem+json" for one in refusals)
    assert [state_of(one) for one in (performance, bare, sold)] == [P.SUBMITTED, P.DRAFT, P.PUBLISHED]


@pytest.mark.parametrize(("group", "step"), [
    ("catalogue", "approve"), ("catalogue", "publish"), ("catalogue", "take_back"), ("publication", "submit"),
    ("read only", "submit"), ("read only", "reject"),
])  # fmt: skip
def test_the_api_asks_for_the_permission_of_the_step(group: str, step: str) -> None:
    performance = make_draft()
    for show in (performance, performance.concert):
        assert call(show, make_staff(group), step=step).status_code == 403
        assert state_of(show) == P.DRAFT


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.COUNSELOR])
def test_nobody_else_learns_of_a_draft_by_it(role: Role) -> None:
    performance, stranger = make_draft(), make_user(role=role)
    assert call(performance, stranger, role).status_code == 403
    Performance(pk=987_654)
    assert call(Performance(pk=987_654), stranger, role).json() == call(performance, stranger, role).json()
    assert call(Performance(pk=987_654), make_staff("catalogue")).status_code == 404
