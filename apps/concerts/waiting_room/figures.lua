-- figures: how a line stands, for those who run it. A fragment; needs line.lua and visit.lua.
-- `keys` names the keys: line, offers, returners, passes.

-- In order: how many wait, are called, are inside; the last number given out, the cursor; turns offered since the
-- line was made; the wait that somebody who joins now can expect, in seconds; rate; mode.
local function figures(keys, line, now)
  local waiting = redis.call("ZCARD", keys.returners) + count_people(line, line.cursor, line.next)
  local inside = count_inside(keys.passes, now)
  local offered = tonumber(redis.call("HGET", keys.line, "offered") or 0)
  return { waiting, redis.call("ZCARD", keys.offers), inside, line.next, line.cursor, offered,
    math.ceil(expected_wait(line, waiting, now)), line.rate, line.mode }
end
