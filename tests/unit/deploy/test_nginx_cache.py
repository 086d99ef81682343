"""Of a crowd's looks at the line nginx sends one a second on, and what is somebody's own it never keeps."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from django.conf import settings

from apps.concerts.waiting_room.board import CACHED
from tests.servers import PrivateProcess, ServerFailed, find_program, free_port
from tests.waiting import wait_until

NGINX = Path(settings.BASE_DIR) / "deploy" / "nginx"
SITES = ("ticketlive.conf", "ticketlive-split.conf")
NOW = "/api/waiting-room/7/now"
DIRECTIVES = {
    "proxy_cache line_now",
    "proxy_cache_key $uri",
    "proxy_cache_lock on",
    "proxy_cache_background_update on",
    "proxy_cache_use_stale updating",
    'proxy_set_header Authorization ""',
    'proxy_set_header Cookie ""',
}


@pytest.mark.parametrize("site", SITES)
def test_the_line_is_kept_and_nothing_else_is(site: str) -> None:
    text = re.sub(r"#.*", "", (NGINX / site).read_text())
    kept = [
        (pattern, {line.strip() for line in body.split(";")})
        for pattern, body in re.findall(r"location ([^{]+) \{([^}]*)\}", text)
        if "proxy_cache" in body
    ]

    ((pattern, directives),) = kept
    assert re.search(pattern.removeprefix("~ "), NOW)
    assert not re.search(pattern.removeprefix("~ "), NOW.replace("now", "status"))
    assert directives >= DIRECTIVES


class Origin(BaseHTTPRequestHandler):
    """A web process that notes what reaches it."""

    reached: ClassVar[list[tuple[str, str | None]]] = []
    is_broken: ClassVar[bool] = False
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.reached.append((self.path, self.headers["Authorization"]))
        body = b"{}"
        self.send_response(503 if self.is_broken else 200)
        if not self.is_broken:
            self.send_header(*(part.decode() for part in CACHED))
            self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def origin() -> Iterator[ThreadingHTTPServer]:
    Origin.reached.clear()
    Origin.is_broken = False
    server = ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=SITES)
def proxy(request: pytest.FixtureRequest, origin: ThreadingHTTPServer, tmp_path: Path) -> Iterator[str]:
    """The site's own configuration, without TLS, on ports that are free."""
    try:
        nginx = find_program("nginx")
    except ServerFailed:
        pytest.skip("nginx is not installed here")
    redirect, port = free_port(), free_port()
    site = (NGINX / request.param).read_text()
    site = site.replace("listen 8080", f"listen 127.0.0.1:{redirect}")
    site = site.replace("listen 8443 ssl http2", f"listen 127.0.0.1:{port}")
    site = re.sub(r"^\s*ssl_.*$", "", site, flags=re.MULTILINE)
    site = re.sub(r"server (web|django):\d+", f"server 127.0.0.1:{origin.server_port}", site)
    site = site.replace("/tmp/line_now", str(tmp_path / "line_now"))
    main = (NGINX / "nginx.conf").read_text().replace("pid /tmp", f"pid {tmp_path}")
    main = re.sub(r"_temp_path /tmp", f"_temp_path {tmp_path}", main).replace("include mime.types;", "")
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "site.conf").write_text(site)
    (tmp_path / "proxy.inc").write_text((NGINX / "proxy.inc").read_text())
    (tmp_path / "nginx.conf").write_text(main)
    own = "daemon off;" + " user root;" * (os.geteuid() == 0)  # the test's folder is its owner's alone
    command = [nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-g", own]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    url = f"http://127.0.0.1:{port}"
    process = PrivateProcess(command, log=tmp_path / "nginx.log")
    process.start(ready=lambda: answers(url))
    yield url
    process.end(signal.SIGTERM)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/metrics").status_code == httpx.codes.NOT_FOUND
    except httpx.TransportError:
        return False


def test_a_crowd_that_looks_in_one_moment_is_one_look(proxy: str) -> None:
    with ThreadPoolExecutor(16) as crowd:
        looks = list(
            crowd.map(
                lambda n: httpx.get(f"{proxy}{NOW}?person={n}", headers={"Authorization": f"Bearer {n}"}), range(64)
            )
        )

    assert {look.status_code for look in looks} == {200}
    assert len(Origin.reached) < len(looks) / 4  # one for each second that it took
    assert {token for _, token in Origin.reached} == {None}
    unchanged = httpx.get(proxy + NOW, headers={"If-None-Match": '"1"'})
    assert unchanged.status_code == 304


def test_while_no_process_can_tell_the_last_that_was_known_is_told(proxy: str) -> None:
    assert httpx.get(proxy + NOW).status_code == 200
    Origin.is_broken = True
    seen = len(Origin.reached)

    def goes_on() -> bool:
        assert httpx.get(proxy + NOW).status_code == 200
        return len(Origin.reached) > seen  # it has asked again, and been refused

    wait_until(goes_on)
    assert httpx.get(proxy + NOW).status_code == 200


def test_what_is_somebodys_own_is_asked_for_each_time_with_their_token(proxy: str) -> None:
    for person in ("a", "b"):
        httpx.get(f"{proxy}/api/waiting-room/7/status", headers={"Authorization": f"Bearer {person}"})

    assert Origin.reached == [("/api/waiting-room/7/status", "Bearer a"), ("/api/waiting-room/7/status", "Bearer b")]
