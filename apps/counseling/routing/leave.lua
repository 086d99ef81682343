-- leave: takes a session out of the line, not from a counselor.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces (see keys.py)
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state
-- ARGV[1] session_id
-- returns {"LEFT", 1 if it was in the line, else 0} | {"NOT_READY"}
-- include apps/common/now.lua
-- include routing.lua

local keys = {
  routing = KEYS[1], counselors = KEYS[2], free = KEYS[3], line = KEYS[4], sessions = KEYS[5], deadlines = KEYS[6],
  changes = KEYS[7],
}
if not is_ready(keys) then
  return { "NOT_READY" }
end
local session = read_session(keys, ARGV[1])
if not session or session.stage ~= "LINE" then
  return { "LEFT", 0 }
end
take_out(keys, session)
redis.call("HDEL", keys.sessions, session.id)
return { "LEFT", 1 }
