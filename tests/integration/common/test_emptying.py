"""What a test that commits leaves behind: nothing, and the content types that running processes know."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from tests.emptying import KEPT, empty_tables
from tests.factories import make_performance, make_user
from tests.order_factories import make_order

pytestmark = pytest.mark.django_db(transaction=True)


def tables_with_rows() -> set[str]:
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table for model in models if model._base_manager.exists()}


def test_every_row_goes_and_content_types_stay_as_they_are() -> None:
    known = list(ContentType.objects.order_by("pk").values_list())
    make_order(make_user(), make_performance())
    assert tables_with_rows() > set(KEPT)

    empty_tables()

    assert tables_with_rows() == set(KEPT)
    assert list(ContentType.objects.order_by("pk").values_list()) == known


def test_a_test_that_changes_what_is_kept_fails() -> None:
    of_users = ContentType.objects.get(app_label="accounts", model="user")
    added = Permission.objects.create(codename="sing", content_type=of_users)

    with pytest.raises(AssertionError, match="content types or permissions"):
        empty_tables()

    added.delete()
