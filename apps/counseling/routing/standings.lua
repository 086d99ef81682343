-- standings: where sessions stand; changes nothing.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces (see keys.py)
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state
-- ARGV[1..] session ids
-- returns {"STANDINGS", {{stage, position, seconds, counselor} or nothing for an unknown one, ...}} | {"NOT_READY"}
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
local answers = {}
for number, id in ipairs(ARGV) do
  local session = read_session(keys, id)
  answers[number] = session and standing(keys, session, now) or {}
end
return { "STANDINGS", answers }
