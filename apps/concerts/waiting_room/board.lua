-- board: tells everybody how a line stands and moves, and changes nothing.
-- KEYS[1] line:{performance:ID}  settings and state of the line (see keys.py)
-- returns {"BOARD", mode, rate, cursor, numbers a second, seats_left or -1, opens_at, milliseconds until it opens, and until people can join} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include line.lua
-- include record.lua
-- include door.lua
-- include visit.lua

local now = now()
local line = read_line(KEYS[1])
if not line then
  return { "NOT_READY" }
end
local mode = now < line.joins_from and "CLOSED" or door(line, now)
local pace = 1 / (expected_wait(line, 1, now) - expected_wait(line, 0, now)) -- the one that `status` estimates by
local seats_left = now - line.seats_counted_at <= SEATS_COUNT_KEPT and line.seats_left or -1
local function milliseconds_until(time)
  return math.ceil(1000 * math.max(0, time - now))
end
return { "BOARD", mode, tostring(line.rate), line.cursor, tostring(pace), seats_left, line.opens_at,
  milliseconds_until(line.opens_at), milliseconds_until(line.joins_from) }
