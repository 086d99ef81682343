"""Seats that another server has written are stopped before anybody reads or takes one of them."""

from __future__ import annotations

from apps.common.redis.new_servers import doubt
from apps.common.redis.scripts import load_script
from apps.concerts.seat_states.keys import SALES

doubt(SALES, load_script(__file__, "stop_of_other_server.lua").source)
