-- release: ends a counselor's part of a session; from another counselor it takes nothing.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces (see keys.py)
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state
-- ARGV[1] session_id
-- ARGV[2] counselor
-- ARGV[3] how long the after-call work may last, microseconds; 0 for none
-- returns {"RELEASED", 1 or 0, workload (see routing.lua)} | {"NOT_READY"}
-- include apps/common/now.lua
-- include routing.lua

local keys = {
  routing = KEYS[1], counselors = KEYS[2], free = KEYS[3], line = KEYS[4], sessions = KEYS[5], deadlines = KEYS[6],
  changes = KEYS[7],
}
if not is_ready(keys) then
  return { "NOT_READY" }
end
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
local works = counselor.state == "READY" or counselor.state == "BUSY" or counselor.state == "AFTER_CALL"
if after_call > 0 and works then
  counselor.state = "AFTER_CALL"
  set_after_call(keys, counselor, math.max(counselor.after_call_until, now + after_call))
end
write_counselor(keys, counselor, "session_ended", now)
return { "RELEASED", 1, workload(counselor) }
