from collections.abc import Iterator

import pytest

from apps.counseling.routing import store
from tests.integration.counseling.routing.centre import Centre, audit


@pytest.fixture
def centre(monkeypatch: pytest.MonkeyPatch) -> Iterator[Centre]:
    """An open centre where nobody is yet; what a test leaves behind is audited."""
    centre = Centre(monkeypatch)
    yield centre
    if store.is_ready():
        audit()
