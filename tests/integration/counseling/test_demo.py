"""The demo's centre: every question has somebody who knows, and seeding it again changes nothing."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import Model

from apps.accounts.models import Role, User
from apps.accounts.services.seed_accounts import seed_demo_accounts
from apps.counseling import demo
from apps.counseling.models import CannedReply, Category, CounselorProfile, WrapUpCode

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _accounts(db: None) -> None:
    seed_demo_accounts()


def rows() -> dict[type[Model], int]:
    return {model: model._default_manager.count() for model in apps.get_app_config("counseling").get_models()}


def test_every_category_has_several_counselors_who_know_it() -> None:
    list(demo.seed())

    for category in Category.objects.all():
        assert category.counselors.filter(is_active=True).count() >= 2, category
    assert CounselorProfile.objects.count() == 5


def test_one_counselor_acts_on_orders_one_supervises_and_the_others_do_neither() -> None:
    list(demo.seed())
    may = {
        user.email.partition("@")[0]: (user.has_perm("counseling.act_on_orders"), user.has_perm("counseling.supervise"))
        for user in User.objects.filter(role=Role.COUNSELOR)
    }

    assert may.pop("counselor1") == (True, False)
    assert may.pop("counselor5") == (True, True)
    assert set(may.values()) == {(False, False)}


def test_a_second_seeding_adds_nothing_and_leaves_what_staff_have_changed() -> None:
    list(demo.seed())
    CannedReply.objects.filter(shortcut="hello").update(content="Hi!")
    WrapUpCode.objects.filter(code="solved").update(is_active=False)
    profile = CounselorProfile.objects.order_by("pk")[0]
    profile.skills.clear()
    before = rows()

    list(demo.seed())

    assert rows() == before
    assert CannedReply.objects.get(shortcut="hello").content == "Hi!"
    assert not WrapUpCode.objects.get(code="solved").is_active
    assert not profile.skills.exists()
