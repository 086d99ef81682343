-- create: makes a line, for the first time or anew after a loss; one that is there stays as it is.
-- KEYS[1] line:{performance:ID}  settings and state of the line (see keys.py)
-- ARGV[1] settings (JSON, see line_settings.py)
-- ARGV[2] the last number known to have been given out, 0 for none
-- ARGV[3] the number up to which everybody is known to have had a turn
-- ARGV[4] how many numbers to leave free for those given out since then; 0 for a line that never was
-- returns {"CREATED"} | {"EXISTS"}
-- include apps/common/now.lua
-- include line.lua

if redis.call("HEXISTS", KEYS[1], "ready") == 1 then
  return { "EXISTS" }
end
local now = now()
local last_known, cursor, gap = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local settings = cjson.decode(ARGV[1])
redis.call("DEL", KEYS[1])
redis.call("HSET", KEYS[1], "ready", 1, "created_at", now,
  "next", last_known + gap, "cursor", cursor, "gap_from", last_known, "gap_to", last_known + gap,
  "credits", 0, "credited_at", now, "outflow", settings.rate,
  "stalled_at", now, "resumed_at", gap > 0 and now or 0, "resumed_cursor", cursor)
write_settings(KEYS[1], settings, ARGV[1])
return { "CREATED" }
