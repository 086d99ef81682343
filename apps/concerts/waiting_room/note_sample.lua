-- note_sample: keeps how a line stands for the charts of those who run it: a sample every few seconds, so many in all.
-- KEYS[1] line:{performance:ID}       settings and state of the line (see keys.py)
-- KEYS[2] offers:{performance:ID}     numbers that are called, by the moment of their turn
-- KEYS[3] returners:{performance:ID}  numbers that missed their turn and came back
-- KEYS[4] passes:{performance:ID}     accounts inside, by the end of their pass
-- KEYS[5] history:{performance:ID}    the samples, oldest first (JSON, see line_samples.py)
-- ARGV[1] how many turns were offered since the caller's last call
-- ARGV[2] seconds between two samples
-- ARGV[3] the most samples
-- returns {"NOTED"} | {"EARLY"} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include line.lua
-- include record.lua
-- include door.lua
-- include visit.lua
-- include figures.lua

local IDLE_TIMES = 12 -- so much rarer where nobody waits or is called

local keys = { line = KEYS[1], offers = KEYS[2], returners = KEYS[3], passes = KEYS[4], history = KEYS[5] }
local pause, most = tonumber(ARGV[2]), tonumber(ARGV[3])
local now = now()
local line = read_line(keys.line)
if not line then
  return { "NOT_READY" }
end
redis.call("HINCRBY", keys.line, "offered", ARGV[1])

local sample = figures(keys, line, now)
local is_idle = sample[1] == 0 and sample[2] == 0
local noted = redis.call("HMGET", keys.line, "noted_at", "noted_idle")
local is_still_idle = is_idle and noted[2] == "1"
-- A little early is on time: calls come by another clock than this one's.
if now - tonumber(noted[1] or 0) < pause * (is_still_idle and IDLE_TIMES or 1) - pause / 5 then
  return { "EARLY" }
end
redis.call("HSET", keys.line, "noted_at", now, "noted_idle", is_idle and 1 or 0)
table.insert(sample, 1, math.floor(now))
redis.call("RPUSH", keys.history, cjson.encode(sample))
redis.call("LTRIM", keys.history, -most, -1)
redis.call("EXPIRE", keys.history, math.ceil(pause * IDLE_TIMES * most))
return { "NOTED" }
