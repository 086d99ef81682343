"""The texts of scripts go out as UTF-8, and say what Django's own catalogue says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import translation
from django.views.i18n import JavaScriptCatalog

from apps.common.pages.javascript_catalog import ESCAPED, javascript_catalog


def texts_in(script: str) -> Any:
    start = script.index("newcatalog = ") + len("newcatalog = ")
    return json.JSONDecoder().raw_decode(script[start:])[0]


@pytest.mark.parametrize("domain", ["djangojs", "deskjs"])
def test_korean_is_written_as_it_is_and_says_the_same(domain: str) -> None:
    request = RequestFactory().get("/")

    script = javascript_catalog(request, language="ko", domain=domain).content.decode()
    with translation.override("ko"):
        own = JavaScriptCatalog.as_view(packages=["apps.common"])(request, domain=domain)

    assert texts_in(script) == texts_in(own.content.decode())
    assert re.search("[가-힣]", script)
    assert not [code for code in ESCAPED.findall(script) if int(code, 16) >= ord("가")]
