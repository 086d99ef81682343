"""What a migration says to be a change of labels is one: the database has nothing to do for it."""

from __future__ import annotations

from typing import Any

from django.db.migrations import AlterField, AlterModelOptions, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CharField

from apps.common.database.label_migrations import ChangeLabels


def what_the_database_knows(state: ProjectState, app_label: str, change: AlterField) -> tuple[str, Any, dict[str, Any]]:
    """Return a field's type and arguments without those that make no difference to a column."""
    field = state.models[app_label, change.model_name_lower].fields[change.name]
    _name, path, arguments, options = field.deconstruct()
    return path, arguments, {name: value for name, value in options.items() if name not in field.non_db_attrs}


def changes_of_the_database(migration: Migration, state: ProjectState) -> list[Operation]:
    """Apply a migration to a state; return what it has among its labels that would change tables."""
    found: list[Operation] = []
    for operation in migration.operations:
        if not isinstance(operation, ChangeLabels):
            operation.state_forwards(migration.app_label, state)
            continue
        for change in operation.state_operations:
            before = state.clone()
            change.state_forwards(migration.app_label, state)
            if isinstance(change, AlterModelOptions):
                continue
            if not isinstance(change, AlterField) or (
                what_the_database_knows(before, migration.app_label, change)
                != what_the_database_knows(state, migration.app_label, change)
            ):
                found.append(change)
    return found


def migrations_in_order() -> list[Migration]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    plan = loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True)
    return [loader.graph.nodes[key] for key in plan]


def test_no_change_of_labels_would_change_a_table() -> None:
    state = ProjectState()

    found = {str(migration): changes_of_the_database(migration, state) for migration in migrations_in_order()}

    assert any(isinstance(one, ChangeLabels) for migration in migrations_in_order() for one in migration.operations)
    assert not any(found.values()), {name: changes for name, changes in found.items() if changes}


SONG = CreateModel("Song", [("name", CharField(max_length=10))])
LABELLED = AlterField("song", "name", CharField("title", max_length=10))
LONGER = AlterField("song", "name", CharField("title", max_length=20))


def test_a_longer_column_among_labels_would_be_found() -> None:
    migration = Migration("told", "concerts")
    migration.operations = [SONG, ChangeLabels(state_operations=[LABELLED, LONGER])]

    assert changes_of_the_database(migration, ProjectState()) == [LONGER]


def test_no_model_is_rendered_for_labels() -> None:
    state = ProjectState()
    SONG.state_forwards("concerts", state)
    assert state.apps.get_model("concerts", "Song")

    ChangeLabels(state_operations=[LABELLED]).state_forwards("concerts", state)

    assert "apps" not in state.__dict__
    assert state.apps.get_model("concerts", "Song")._meta.get_field("name").verbose_name == "title"
