-- take_offer: makes a session that is offered to a counselor that counselor's own.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces (see keys.py)
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state
-- ARGV[1] session_id
-- ARGV[2] counselor
-- returns {"TAKEN", 1 if it is that counselor's own now, else 0} | {"NOT_READY"}
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
local counselor_id = tonumber(ARGV[2])
if not session or session.counselor ~= counselor_id then
  return { "TAKEN", 0 }
end
if session.stage == "OFFERED" then
  take_out(keys, session)
  put_with(keys, session, counselor_id, "TALKING")
  local counselor = read_counselor(keys, counselor_id)
  if counselor.misses > 0 then
    counselor.misses = 0
    write_counselor(keys, counselor, "accepted", now_us())
  end
end
return { "TAKEN", session.stage == "TALKING" and 1 or 0 }
