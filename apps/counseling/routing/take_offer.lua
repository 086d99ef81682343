-- take_offer: makes a session that is offered to a counselor that counselor's own.
-- KEYS as in keys.lua
-- ARGV[1] session_id
-- ARGV[2] counselor
-- returns {"TAKEN", 1 if it is that counselor's own now, else 0} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

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
