"""The operation of migrations that change names, help texts or choices, of which the database knows nothing."""

from __future__ import annotations

from django.db.migrations import SeparateDatabaseAndState
from django.db.migrations.state import ProjectState


class ChangeLabels(SeparateDatabaseAndState):
    """Change the state alone: `ChangeLabels(state_operations=[...])`, as `makemigrations` writes them.

    Django renders a changed model and all that are related to it after every operation, once they are rendered at all.
    This forgets them, so that the next migration renders each of them once: a new database is there in half the time.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)
        super().state_forwards(app_label, state)
