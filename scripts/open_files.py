"""How many files and connections the processes of this folder's commands may have open."""

from __future__ import annotations

import resource

ENOUGH = 1_048_576  # the kernel's own bound, fs.nr_open (proc(5)); a container may allow "infinity"


def allow_many_open_files() -> None:
    """Raise this process's limit to what the machine allows; whatever it starts inherits it.

    A shell gives 1,024, and every person of a crowd is a connection.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
