-- note_seats_left: keeps how many seats can be had, to be told to those who wait.
-- KEYS[1] line:{performance:ID}  settings and state of the line (see keys.py)
-- ARGV[1] how many
-- returns {"NOTED"} | {"NOT_READY"}
-- include apps/common/redis/now.lua

if redis.call("HEXISTS", KEYS[1], "ready") == 0 then
  return { "NOT_READY" }
end
redis.call("HSET", KEYS[1], "seats_left", ARGV[1], "seats_counted_at", math.floor(now()))
return { "NOTED" }
