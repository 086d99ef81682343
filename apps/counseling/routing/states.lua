-- states: the counselor states and their moves, by `make states` from apps/counseling/states.py. A fragment.
-- What a row does not name does not hold, or moves nobody; `moves` are the counselor's own.

local STATES = {
  OFFLINE = {
    moves = { ONLINE = true },
  },
  ONLINE = {
    is_at_work = true,
    moves = { READY = true, OFFLINE = true },
  },
  READY = {
    is_at_work = true, is_on_queue = true, takes_conversations = true,
    when_full = "BUSY", after_missed_offers = "ONLINE", after_session = "AFTER_CALL",
    moves = { ONLINE = true, AFTER_CALL = true, OFFLINE = true },
  },
  BUSY = {
    is_at_work = true, is_on_queue = true,
    when_free = "READY", after_missed_offers = "ONLINE", after_session = "AFTER_CALL",
    moves = { ONLINE = true, AFTER_CALL = true, OFFLINE = true },
  },
  AFTER_CALL = {
    is_at_work = true, is_on_queue = true,
    after_session = "AFTER_CALL", at_limit = "READY",
    moves = { READY = true, ONLINE = true, OFFLINE = true },
  },
}

local OFF_WORK = "OFFLINE" -- the state of whoever has no record
