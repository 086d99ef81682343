"""The drawing of the data model shows every model, and the page is the drawing."""

from __future__ import annotations

from django.apps import apps

from apps.orders.models import OrderLine, Ticket
from scripts.erd import PAGE, draw, draw_page


def test_the_page_of_the_data_model_is_current() -> None:
    assert PAGE.read_text() == draw_page(), "run `python -m scripts.erd`"


def test_every_table_of_the_platform_is_drawn() -> None:
    page = draw_page()
    ours = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
    assert [model.__name__ for model in ours if f"  {model.__name__} {{" not in page] == []


def test_a_relation_says_whether_its_other_end_may_be_missing() -> None:
    drawn = draw([OrderLine, Ticket])
    assert "OrderLine }o--|| Order : order" in drawn
    assert "BigAuto id PK" in drawn
    assert "Char order_id FK" in drawn
