-- create: makes a line, for the first time or anew after a loss; one that is there stays as it is.
-- KEYS[1] line:{performance:ID}  settings and state of the line (see keys.py)
-- KEYS[2] seen:{performance:ID}  until when the owner of each number counts as present
-- ARGV[1] settings (JSON, see line_settings.py)
-- ARGV[2] the last number known to have been given out, 0 for none
-- ARGV[3] the number up to which everybody is known to have had a turn
-- ARGV[4] how many numbers to leave free for those given out since then; 0 for a line that never was
-- ARGV[5] the cells of `seen` from number 1 on, in which spent numbers are gone
-- returns {"CREATED"} | {"EXISTS"}
-- include apps/common/redis/now.lua
-- include line.lua

if redis.call("HEXISTS", KEYS[1], "ready") == 1 then
  return { "EXISTS" }
end
local now = now()
local last_known, cursor, gap = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local is_anew = gap > 0
local settings = cjson.decode(ARGV[1])
redis.call("DEL", KEYS[1])
if #ARGV[5] > 0 and redis.call("EXISTS", KEYS[2]) == 0 then
  redis.call("SETRANGE", KEYS[2], 0, ARGV[5])
end
-- Nobody knows when the last was let in before a loss: it may have been a moment ago.
redis.call("HSET", KEYS[1], "ready", 1, "created_at", now,
  "next", last_known + gap, "cursor", cursor, "gap_from", last_known, "gap_to", last_known + gap,
  "admitted_at", is_anew and exactly(now) or 0, "slot_at", 0, "door_ends_at", 0, "heard_at", exactly(now),
  "since_returner", PROMISED_PER_RETURNER, "freed_pace", 0, "outflow", settings.rate,
  "stalled_at", now, "resumed_at", is_anew and now or 0, "resumed_cursor", cursor)
write_settings(KEYS[1], settings, ARGV[1])
return { "CREATED" }
