"""Draw the data model as Mermaid diagrams, one an app, from the models themselves.

python -m scripts.erd           write docs/architecture/data-model.md
python -m scripts.erd --check   only say whether it is current; exit code 1 if it is not
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import django
from django.apps import apps
from django.db.models import Field, ForeignKey, ManyToManyField, Model, OneToOneField

CHECKOUT = Path(__file__).resolve().parent.parent
PAGE = CHECKOUT / "docs" / "architecture" / "data-model.md"
HEAD = """\
# The data model

Drawn from the models by `python -m scripts.erd`; a test fails while this page is not current. One diagram for each app,
with its own tables whole and those of other apps by name. `PK` is the primary key, `FK` a foreign key, `UK` unique by
itself; what is unique together, indexes and check constraints are in the models. Lines end in `o|` (none or one), `||`
(one), `o{` (any number).
"""


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ticketlive.settings")
    django.setup()
    page = draw_page()
    if sys.argv[1:] == ["--check"]:
        if PAGE.read_text() == page:
            return 0
        print("docs/architecture/data-model.md is not current: run `python -m scripts.erd`", file=sys.stderr)
        return 1
    PAGE.write_text(page)
    return 0


def draw_page() -> str:
    """Return the page as it has to be. Django has to be set up."""
    parts = [HEAD]
    for config in apps.get_app_configs():
        models = sorted(config.get_models(), key=lambda model: model.__name__)
        if config.name.startswith("apps.") and models:
            parts.append(f"## {config.label}\n\n```mermaid\n{draw(models)}```\n")
    return "\n".join(parts)


def draw(models: Iterable[type[Model]]) -> str:
    """Return the diagram of these models: each with its columns, then the relations that go out from them."""
    models = list(models)
    lines = ["erDiagram"]
    for model in models:
        lines += [f"  {model.__name__} {{", *(f"    {column}" for column in list_columns(model)), "  }"]
    for model in models:
        lines += [f"  {relation}" for relation in list_relations(model)]
    return "\n".join(lines) + "\n"


def list_columns(model: type[Model]) -> Iterator[str]:
    """Yield the columns as `type name keys`."""
    for field in model._meta.concrete_fields:
        keys = []
        if field.primary_key:
            keys.append("PK")
        if isinstance(field, ForeignKey):
            keys.append("FK")
        if field.unique and not field.primary_key:
            keys.append("UK")
        kind = field.target_field if isinstance(field, ForeignKey) else field
        yield f"{kind.get_internal_type().removesuffix('Field')} {field.column} {', '.join(keys)}".rstrip()


def list_relations(model: type[Model]) -> Iterator[str]:
    """Yield the relations that a model's own fields make."""
    fields: list[Field[object, object]] = [*model._meta.fields, *model._meta.many_to_many]
    for field in fields:
        if not isinstance(field, ForeignKey | ManyToManyField):
            continue
        other = field.related_model
        if isinstance(field, ManyToManyField):
            ends = "}o--o{"
        else:
            ends = ("o|" if isinstance(field, OneToOneField) else "}o") + "--" + ("o|" if field.null else "||")
        yield f"{model.__name__} {ends} {other.__name__} : {field.name}"


if __name__ == "__main__":
    sys.exit(main())
