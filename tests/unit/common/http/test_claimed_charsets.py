"""Addresses and bodies are UTF-8, whatever Content-Type claims of them."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from apps.common.http.requests import Utf8Request

CLAIMS = ["base64", "undefined", "idna", "rot13", "utf-16", "utf-7", "utf-8", "no-such-thing"]
FORM = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xed\x95\x9c\xff\r\n--x--\r\n'


@pytest.mark.parametrize("charset", CLAIMS)
def test_an_address_and_a_form_are_utf_8_whatever_is_claimed(charset: str) -> None:
    claimed = f"multipart/form-data; boundary=x; charset={charset}"
    posted = RequestFactory().post("/?q=%ED%95%9C%FF", {}).environ
    body = RequestFactory().generic("POST", "/", FORM).environ["wsgi.input"]
    request = Utf8Request(posted | {"CONTENT_TYPE": claimed, "CONTENT_LENGTH": str(len(FORM)), "wsgi.input": body})

    assert request.GET["q"] == "한\ufffd"
    assert request.POST["name"] == "한\ufffd"
