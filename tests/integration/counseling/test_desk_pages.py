"""The counselor's desk as pages: who gets in, what the others are told, and what its scripts go by."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import LoginSession, Role, User
from apps.counseling.models import CounselSession, WrapUpCode
from apps.counseling.routing import store
from apps.counseling.services.counselor_states import change_counselor_state
from apps.counseling.services.request_session import request_session
from apps.counseling.states import CounselorState
from tests.counseling_factories import make_category, make_counselor
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery"
PARTS = ["/desk/", "/desk/history/", "/desk/day/", "/desk/replies/"]


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client: Client, user: User, *, onward: str = "/desk/history/") -> Any:
    body = {"email": user.email, "password": PASSWORD, "next": onward}
    return client.post("/desk/log-in/", body, headers={"Accept-Language": "en"})


def supervisor() -> User:
    user = make_user(role=Role.STAFF)
    user.user_permissions.add(Permission.objects.get(codename="supervise"))
    return user


def settings_of(page: Any) -> dict[str, Any]:
    """What the page leaves for its scripts."""
    found = re.search(r'<script id="desk-settings" type="application/json">(.*?)</script>', page.content.decode())
    assert found
    settings: dict[str, Any] = json.loads(found[1])
    return settings


@pytest.mark.parametrize("path", [*PARTS, "/desk/wallboard/"])
def test_a_stranger_is_sent_to_the_desks_own_log_in_and_back(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/desk/log-in/?next={path.replace('/', '%2F')}")


def test_a_counselor_logs_in_and_goes_on_to_where_they_wanted(client: Client) -> None:
    counselor = with_password(make_counselor(make_category()))

    answer = log_in(client, counselor)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk/history/")
    assert [client.get(path).status_code for path in PARTS] == [200] * len(PARTS)
    assert client.get("/desk/log-in/").headers["Location"] == "/desk/"
    assert client.post("/session/token").status_code == 200


def test_whoever_has_no_desk_is_told_so_and_their_other_log_in_stays(client: Client) -> None:
    customer = with_password(make_user())
    elsewhere = Client()
    elsewhere.post("/accounts/log-in/", {"email": customer.email, "password": PASSWORD, "next": "/"})

    answer = log_in(client, customer)

    assert answer.status_code == 403
    assert "this account has no desk" in answer.content.decode()
    assert LoginSession.objects.filter(user=customer, ended_at=None).count() == 1
    assert elsewhere.post("/session/token").status_code == 200
    assert client.post("/session/token").status_code == 401


def test_a_wrong_password_tells_nothing_of_the_account(client: Client) -> None:
    customer = with_password(make_user())
    body = {"email": customer.email, "password": "wrong"}
    answer = client.post("/desk/log-in/", body, headers={"Accept-Language": "en"})

    assert answer.status_code == 401
    assert "no desk" not in answer.content.decode()
    assert "The e-mail address or the password is wrong" in answer.content.decode()


def test_a_customer_who_is_logged_in_is_told_which_account_it_needs(client: Client) -> None:
    client.force_login(customer := make_user())

    answer = client.get("/desk/", follow=True, headers={"Accept-Language": "en"})

    assert answer.redirect_chain[-1][0].startswith("/desk/log-in/")
    assert f"logged in as {customer.nickname}, an account without a desk" in answer.content.decode()


def test_a_profile_that_was_switched_off_opens_nothing(client: Client) -> None:
    client.force_login(make_counselor(make_category(), is_active=False))
    assert client.get("/desk/").status_code == 302


def test_the_wallboard_is_for_supervisors(client: Client) -> None:
    client.force_login(make_counselor(make_category()))
    assert client.get("/desk/wallboard/").headers["Location"] == "/desk/"
    assert "/desk/wallboard/" not in re.sub(r"<script.*?</script>", "", client.get("/desk/").content.decode())

    client.force_login(supervisor())
    page = client.get("/desk/wallboard/")
    assert page.status_code == 200
    assert (settings_of(page)["is_counselor"], settings_of(page)["supervises"]) == (False, True)


def test_the_desk_tells_its_scripts_who_it_is_and_what_they_may(client: Client) -> None:
    category = make_category(name="</script><script>alert(1)")
    counselor = make_counselor(category)
    counselor.user_permissions.add(Permission.objects.get(codename="act_on_orders"))
    WrapUpCode.objects.create(code="solved", name="Solved")
    WrapUpCode.objects.create(code=WrapUpCode.NONE_GIVEN, name="none given")
    client.force_login(counselor)

    settings = settings_of(client.get("/desk/"))

    assert settings["user"] == {"id": counselor.pk, "name": counselor.nickname}
    assert (settings["is_counselor"], settings["supervises"], settings["acts_on_orders"]) == (True, False, True)
    assert [one["name"] for one in settings["categories"]] == [category.name]
    assert settings["wrap_up_codes"] == [{"code": "solved", "name": "Solved"}]


def test_the_page_extends_nothing_of_the_customers_site(client: Client) -> None:
    client.force_login(make_counselor(make_category()))
    page = client.get("/desk/").content.decode()

    assert 'data-log-in="/desk/log-in/"' in page
    assert not re.search(r'href="/(?:accounts|my|concerts)/', page)
    assert 'action="/desk/log-out/"' in page
    assert "<noscript>" in page


def test_a_page_costs_few_queries_with_many_categories(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    categories = [make_category() for _ in range(20)]
    client.force_login(make_counselor(*categories))
    with django_assert_max_num_queries(10):
        assert len(settings_of(client.get("/desk/"))["categories"]) == 20


def test_who_logs_out_goes_offline(client: Client) -> None:
    counselor = make_counselor(make_category())
    change_counselor_state(counselor.pk, CounselorState.ONLINE)
    client.force_login(counselor)

    answer = client.post("/desk/log-out/")

    assert answer.headers["Location"] == "/desk/log-in/"
    assert store.team() == []
    assert client.get("/desk/").status_code == 302


def test_who_logs_out_in_a_conversation_keeps_it_for_the_time_of_grace(client: Client) -> None:
    category = make_category()
    counselor = make_counselor(category)
    for state in (CounselorState.ONLINE, CounselorState.READY):
        change_counselor_state(counselor.pk, state)
    request_session(make_user().pk, category_id=category.pk)
    client.force_login(counselor)

    client.post("/desk/log-out/")

    assert [one.load for one in store.team()] == [1]
    assert CounselSession.objects.get().status == CounselSession.Status.IN_PROGRESS


def test_a_supervisor_without_a_profile_logs_out_as_well(client: Client) -> None:
    client.force_login(supervisor())
    assert client.post("/desk/log-out/").status_code == 302
    assert client.get("/desk/log-out/").status_code == 405
