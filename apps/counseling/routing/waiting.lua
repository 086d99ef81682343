-- waiting: how many wait in each category; changes nothing.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces (see keys.py)
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state
-- ARGV[1..] categories
-- returns {"WAITING", {count, ...}} | {"NOT_READY"}
-- include apps/common/now.lua
-- include routing.lua

local keys = {
  routing = KEYS[1], counselors = KEYS[2], free = KEYS[3], line = KEYS[4], sessions = KEYS[5], deadlines = KEYS[6],
  changes = KEYS[7],
}
if not is_ready(keys) then
  return { "NOT_READY" }
end
local counts = {}
for number, category in ipairs(ARGV) do
  counts[number] = count_lane(keys, string.format("%08d|", category))
end
return { "WAITING", counts }
