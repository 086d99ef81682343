-- change: puts new settings of a line in force at once; the time until now counts by the old ones.
-- KEYS[1] line:{performance:ID}  settings and state of the line (see keys.py)
-- ARGV[1] settings (JSON, see line_settings.py)
-- returns {"CHANGED"} | {"STALE"} (newer ones are in force) | {"NOT_READY"}
-- include apps/common/now.lua
-- include line.lua
-- include settings.lua

local now = now()
local line = read_line(KEYS[1])
if not line then
  return { "NOT_READY" }
end
accrue(KEYS[1], line, now)
return { adopt(KEYS[1], line, ARGV[1]) and "CHANGED" or "STALE" }
