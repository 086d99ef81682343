-- settle: makes leased sessions the counselors' own, or offers them, as it was committed.
-- KEYS as in keys.lua
-- ARGV[1] how long an offer lasts, microseconds; 0 for sessions that begin at once
-- ARGV[2..] session_id, counselor, lease of each
-- returns {"SETTLED", {1 if the counselor has it by this lease, else 0, ...}} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local now = now_us()
local offer = tonumber(ARGV[1])

local function settle(id, counselor_id, lease)
  local session = read_session(keys, id)
  if not session or session.lease ~= lease or session.counselor ~= counselor_id then
    return 0
  end
  if session.stage == "LEASED" then
    take_out(keys, session)
    put_with(keys, session, counselor_id, offer > 0 and "OFFERED" or "TALKING", now + offer)
  end
  return 1
end

local settled = {}
for first = 2, #ARGV, 3 do
  settled[#settled + 1] = settle(ARGV[first], tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2]))
end
return { "SETTLED", settled }
