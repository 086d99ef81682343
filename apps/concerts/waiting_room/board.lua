-- board: tells everybody how a line stands and moves, and changes nothing.
-- KEYS[1] line:{performance:ID}       settings and state of the line (see keys.py)
-- KEYS[2] returners:{performance:ID}  numbers that missed their turn and came back
-- returns {"BOARD", mode, rate, cursor, numbers a second, seats_left or -1, opens_at, milliseconds until it opens, and until people can join, all by which those who are far from their turn are told where they stand (packed, see below)} | {"NOT_READY"}
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
local seats_left = seats_left_now(line, now)
local function milliseconds_until(time)
  return math.ceil(1000 * math.max(0, time - now))
end
-- Most significant byte first; far_in_line.py reads it.
--   I8 life  I8 revision  I4 next  I4 cursor  I4 gap_from  I4 gap_to  I4 returners  i4 seats_left
--   d outflow  d rate  d door_ends_at  d opens_at  d now
local packed = struct.pack(">I8I8I4I4I4I4I4i4ddddd", life_of(line), line.revision, line.next, line.cursor, line.gap_from,
  line.gap_to, redis.call("ZCARD", KEYS[2]), seats_left, expected_outflow(line), line.rate, line.door_ends_at,
  line.opens_at, now)
return { "BOARD", mode, tostring(line.rate), line.cursor, tostring(pace), seats_left, line.opens_at,
  milliseconds_until(line.opens_at), milliseconds_until(line.joins_from), packed }
