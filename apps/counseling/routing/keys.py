"""The keys of routing. There is one routing, so they are fixed; one hash tag, so that a script sees all of it.

    routing    hash    ready      "1" once the state is made; a script that misses it changes nothing
                       life       the epoch: names this making of the state, so that ids of changes never come twice
                       leases     the last lease given out; it only grows, over rebuilds too
                       pace:CAT   "interval last": microseconds between two matches of a category, averaged while
                                  people waited, and when the last one was, 0 while nobody waits
    counselors hash    counselor id -> packed {state, capacity, skills, sessions, idle since, misses, after call until};
                       the load is the number of its sessions, and no number of its own could differ from it
    free       zset    scores 0, members CATEGORY|SHARE|IDLE|COUNSELOR: per skill of each READY counselor one, the
                       fittest first: the least share of capacity taken, then the longest idle
    line       zset    scores 0, members CATEGORY|WANTED|PLACE|SESSION: WANTED is zeros for whoever takes anybody
    sessions   hash    session id -> packed {category, place, wanted, avoided, stage, counselor, lease}
    deadlines  zset    KIND|ID by when it is due, microseconds: lease, offer, after_call, presence
    changes    stream  every change of a counselor's state, until it is in the database

Numbers within members have fixed widths, so that the order of the bytes is theirs. Times are microseconds of
Redis' clock; places are those of the database's, less what the class is worth.
"""

from __future__ import annotations

ROUTING = "routing:{counseling}"
COUNSELORS = "counselors:{counseling}"
FREE = "free:{counseling}"
LINE = "line:{counseling}"
SESSIONS = "sessions:{counseling}"
DEADLINES = "deadlines:{counseling}"
CHANGES = "changes:{counseling}"

KEYS = (ROUTING, COUNSELORS, FREE, LINE, SESSIONS, DEADLINES, CHANGES)
"""All of them, in the order that scripts take them."""

REBUILD_LOCK = "rebuild:{counseling}"
"""The name of the python-redis-lock; the two keys that it makes of it share the tag as well."""
