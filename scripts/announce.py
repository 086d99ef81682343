"""Wait until the platform can serve, then say where it is and who can log in."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request

from ticketlive.environment import web_ports

POLL_SECONDS = 0.5
PATIENCE_SECONDS = 60.0

READY = """
Ticket-Live is ready.

  The site                  {web}/
  The counselors' desk      {web}/desk/
  Administration            {web}/admin/
  API, to read and to try   {web}/api/docs
{more_web}  Toss sandbox              {sandbox}
  Demo accounts             customer1@example.com … customer200@example.com
                            counselor1@example.com … counselor5@example.com, admin@example.com
                            password: ticketlive
  Data and logs             {home}

Ctrl-C ends it; the data stays.
"""


def main() -> None:
    port = int(os.environ["PORT"])
    web, *others = [f"http://127.0.0.1:{one}" for one in web_ports(port, int(os.environ["WEB_PROCESSES"]))]
    for address in (web, *others):
        if problem := wait_until_ready(f"{address}/readyz"):
            print(f"\n{address} is still not ready after {PATIENCE_SECONDS:.0f} s: {problem}", flush=True)
            return
    sandbox = os.environ.get("TOSS_API_BASE") or f"http://127.0.0.1:{port + 1}"
    more_web = "".join(f"  One more web process      {address}\n" for address in others)
    print(READY.format(web=web, more_web=more_web, sandbox=sandbox, home=os.environ["TICKETLIVE_HOME"]), flush=True)


def wait_until_ready(url: str) -> str:
    """Return an empty text when `url` answers 200, or what was wrong last when patience ends."""
    problem = ""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return ""
        except urllib.error.HTTPError as error:
            problem = error.read().decode(errors="replace")
        except OSError as error:
            problem = str(error)
        time.sleep(POLL_SECONDS)
    return problem


if __name__ == "__main__":
    main()
