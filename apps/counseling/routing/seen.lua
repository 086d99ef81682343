-- seen: notes a sign of life of counselors who are at work.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces (see keys.py)
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state
-- ARGV[1] the time of grace until they count as lost, microseconds
-- ARGV[2..] counselors
-- returns {"SEEN"} | {"NOT_READY"}
-- include apps/common/now.lua
-- include routing.lua

local keys = {
  routing = KEYS[1], counselors = KEYS[2], free = KEYS[3], line = KEYS[4], sessions = KEYS[5], deadlines = KEYS[6],
  changes = KEYS[7],
}
if not is_ready(keys) then
  return { "NOT_READY" }
end
local lost_at = now_us() + tonumber(ARGV[1])
for number = 2, #ARGV do
  if is_at_work(read_counselor(keys, ARGV[number])) then
    redis.call("ZADD", keys.deadlines, lost_at, "presence|" .. tonumber(ARGV[number]))
  end
end
return { "SEEN" }
