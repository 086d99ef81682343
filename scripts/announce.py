"""Wait until the platform can serve, then say where it is and who can log in."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request

from ticketlive.environment import web_ports

POLL_SECONDS = 0.5
WORD_SECONDS = 60.0  # between two words that the platform is still not ready

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
        wait_until_ready(f"{address}/readyz")
    sandbox = os.environ.get("TOSS_API_BASE") or f"http://127.0.0.1:{port + 1}"
    more_web = "".join(f"  One more web process      {address}\n" for address in others)
    print(READY.format(web=web, more_web=more_web, sandbox=sandbox, home=os.environ["TICKETLIVE_HOME"]), flush=True)


def wait_until_ready(url: str) -> None:
    """Return when `url` answers 200; say now and then that it does not, and why."""
    started = said = time.monotonic()
    while problem := what_is_wrong(url):
        time.sleep(POLL_SECONDS)
        if time.monotonic() - said > WORD_SECONDS:
            said = time.monotonic()
            print(f"\n{url} is still not ready after {said - started:.0f} s: {problem}", flush=True)


def what_is_wrong(url: str) -> str:
    """Return an empty text when `url` answers 200, else what is wrong."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return ""
    except urllib.error.HTTPError as error:
        return error.read().decode(errors="replace") or str(error)
    except OSError as error:
        return str(error) or type(error).__name__


if __name__ == "__main__":
    main()
