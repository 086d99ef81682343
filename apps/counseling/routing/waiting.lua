-- waiting: how many wait in each category; changes nothing.
-- KEYS as in keys.lua
-- ARGV[1..] categories
-- returns {"WAITING", {count, ...}} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local counts = {}
for number, category in ipairs(ARGV) do
  counts[number] = count_lane(keys, string.format("%08d|", category))
end
return { "WAITING", counts }
