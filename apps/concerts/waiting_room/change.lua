-- change: puts new settings of a line in force at once.
-- KEYS[1] line:{performance:ID}    settings and state of the line (see keys.py)
-- KEYS[2] seen:{performance:ID}    until when the owner of each number counts as present
-- KEYS[3] offers:{performance:ID}  numbers that are called, by the moment of their turn
-- ARGV[1] settings (JSON, see line_settings.py)
-- returns {"CHANGED"} | {"STALE"} (newer ones are in force) | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include line.lua
-- include settings.lua

local keys = { line = KEYS[1], seen = KEYS[2], offers = KEYS[3] }
local now = now()
local line = read_line(keys.line)
if not line then
  return { "NOT_READY" }
end
note_heard(keys.line, now)
return { adopt(keys, line, ARGV[1], now) and "CHANGED" or "STALE" }
