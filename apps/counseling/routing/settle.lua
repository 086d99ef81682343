-- settle: makes leased sessions the counselors' own, or offers them, as it was committed.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces (see keys.py)
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state
-- ARGV[1] how long an offer lasts, microseconds; 0 for sessions that begin at once
-- ARGV[2..] session_id, counselor, lease of each
-- returns {"SETTLED", {1 if the counselor has it by this lease, else 0, ...}} | {"NOT_READY"}
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
