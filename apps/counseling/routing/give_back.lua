-- give_back: takes a session from its counselor, back to its old place or away.
-- KEYS as in keys.lua
-- ARGV[1] session_id
-- ARGV[2] counselor
-- ARGV[3] 1 if the offer has lapsed, which counts as a miss
-- ARGV[4] 1 if a conversation that goes on may be taken too
-- ARGV[5] 1 if it goes back to its line, 0 if it is gone
-- ARGV[6] the lease, 0 for any
-- returns {"RETURNED", 1 or 0, 1 if the counselor went away, workload (see routing.lua), position or nothing} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local now = now_us()
local counselor_id, lease = tonumber(ARGV[2]), tonumber(ARGV[6])
local missed, talking, to_line = ARGV[3] == "1", ARGV[4] == "1", ARGV[5] == "1"

-- A miss is of an offer, and somebody who talks is left to talk unless it is said otherwise.
local function may_be_taken(session)
  if session.counselor ~= counselor_id or (lease > 0 and session.lease ~= lease) then
    return false
  end
  if missed then
    return session.stage == "OFFERED"
  end
  return session.stage ~= "TALKING" or talking
end

local session = read_session(keys, ARGV[1])
if not session or not may_be_taken(session) then
  local line = session and position_of(keys, session, now) or {}
  return { "RETURNED", 0, 0, workload(read_counselor(keys, counselor_id)), line }
end

local counselor = read_counselor(keys, counselor_id)
take_out(keys, session)
counselor.sessions = without(counselor.sessions, session.id)
counselor.idle = now
local reason, went_away = missed and "missed_offer" or "given_back", 0
if missed then
  counselor.misses = counselor.misses + 1
  if counselor.misses >= TWO_MISSES then
    counselor.misses = 0
    local pause = STATES[counselor.state].after_missed_offers
    if pause then
      counselor.state, reason, went_away = pause, "missed_offers", 1
    end
  end
end
write_counselor(keys, counselor, reason, now)

if not to_line then
  redis.call("HDEL", keys.sessions, session.id)
  return { "RETURNED", 1, went_away, workload(counselor), {} }
end
session.avoided, session.lease = counselor_id, 0
if session.wanted > 0 and not can_be_wanted(read_counselor(keys, session.wanted), session.category) then
  session.wanted = 0
end
put_in_line(keys, session, now)
return { "RETURNED", 1, went_away, workload(counselor), position_of(keys, session, now) }
