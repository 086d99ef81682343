-- seen: notes a sign of life of counselors who are at work.
-- KEYS as in keys.lua
-- ARGV[1] the time of grace until they count as lost, microseconds
-- ARGV[2..] counselors
-- returns {"SEEN"} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local lost_at = now_us() + tonumber(ARGV[1])
for number = 2, #ARGV do
  if is_at_work(read_counselor(keys, ARGV[number])) then
    redis.call("ZADD", keys.deadlines, lost_at, "presence|" .. tonumber(ARGV[number]))
  end
end
return { "SEEN" }
