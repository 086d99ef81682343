-- look_on: tells how a line stands, and changes nothing.
-- KEYS[1] line:{performance:ID}       settings and state of the line (see keys.py)
-- KEYS[2] offers:{performance:ID}     numbers that are called, by the moment of their turn
-- KEYS[3] returners:{performance:ID}  numbers that missed their turn and came back
-- KEYS[4] passes:{performance:ID}     accounts inside, by the end of their pass
-- returns {"FIGURES", figures and the time (JSON, see line_samples.py)} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include line.lua
-- include record.lua
-- include door.lua
-- include visit.lua
-- include figures.lua

local keys = { line = KEYS[1], offers = KEYS[2], returners = KEYS[3], passes = KEYS[4] }
local now = now()
local line = read_line(keys.line)
if not line then
  return { "NOT_READY" }
end
local sample = figures(keys, line, now)
table.insert(sample, 1, math.floor(now))
return { "FIGURES", cjson.encode(sample) }
