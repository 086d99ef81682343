-- draw: takes a lump out of what all processes may spend of one budget together.
-- KEYS[1] stomp-budget:{OWNER}:RESOURCE  hash: `left` at the time `at`
-- ARGV[1] how many are needed: fewer are not given
-- ARGV[2] how many are wanted at best
-- ARGV[3] how many come back in a second
-- ARGV[4] how many there are at most
-- returns {given, seconds until what is needed will be there}, as text; one of the two is 0
-- include apps/common/redis/now.lua

local needed, wanted = tonumber(ARGV[1]), tonumber(ARGV[2])
local per_second, most = tonumber(ARGV[3]), tonumber(ARGV[4])
local at = now()
local kept = redis.call("HMGET", KEYS[1], "left", "at")
local left = most
if kept[1] and kept[2] then
  left = math.min(most, tonumber(kept[1]) + math.max(0, at - tonumber(kept[2])) * per_second)
end
if left < needed then
  return { "0", string.format("%.6f", (needed - left) / per_second) }
end
local given = math.min(wanted, left)
redis.call("HSET", KEYS[1], "left", string.format("%.6f", left - given), "at", string.format("%.6f", at))
redis.call("EXPIRE", KEYS[1], math.ceil(most / per_second) + 1)
return { string.format("%.6f", given), "0" }
