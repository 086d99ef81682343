-- release: ends a counselor's part of a session; from another counselor it takes nothing.
-- KEYS as in keys.lua
-- ARGV[1] session_id
-- ARGV[2] counselor
-- ARGV[3] how long the after-call work may last, microseconds; 0 for none
-- returns {"RELEASED", 1 or 0, workload (see routing.lua)} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local now = now_us()
local counselor_id, after_call = tonumber(ARGV[2]), tonumber(ARGV[3])
local session = read_session(keys, ARGV[1])
local counselor = read_counselor(keys, counselor_id)
if not session or session.counselor ~= counselor_id then
  return { "RELEASED", 0, workload(counselor) }
end
take_out(keys, session)
redis.call("HDEL", keys.sessions, session.id)
counselor.sessions = without(counselor.sessions, session.id)
counselor.idle = now
local following = STATES[counselor.state].after_session
if after_call > 0 and following then
  counselor.state = following
  set_after_call(keys, counselor, math.max(counselor.after_call_until, now + after_call))
end
write_counselor(keys, counselor, "session_ended", now)
return { "RELEASED", 1, workload(counselor) }
