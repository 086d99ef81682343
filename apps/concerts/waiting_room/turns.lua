-- turns: calls numbers, returners first, and offers their turn to those who are there. A fragment; needs line.lua.
-- `keys` names the keys: line, seen, offers, returners. `call` is one round of calls: `budget` turns
-- to offer and `most` numbers to look at, of which so many were `offered`, `looked` at, `moved` over by the cursor.

local STALL_SECONDS = 10 -- without a tick for so long, nobody's absence is their own doing
local LONGEST_EXPECTED = 60 -- seconds after a stall or a loss

-- Note a stall (Redis or the worker was away): who was present at its start is expected back.
local function note_stall(line_key, line, now, elapsed)
  if elapsed > STALL_SECONDS then
    redis.call("HSET", line_key, "stalled_at", now - elapsed, "resumed_at", now, "resumed_cursor", line.cursor)
  end
  local fields = redis.call("HMGET", line_key, "stalled_at", "resumed_at", "resumed_cursor", "offer_seconds")
  line.stalled_at, line.resumed_at = tonumber(fields[1]), tonumber(fields[2])
  line.resumed_cursor, line.offer_seconds = tonumber(fields[3]), tonumber(fields[4])
end

-- Whether the owner of a number that was present before a stall or a loss may still be about to poll.
local function is_expected(line, number, cell, now)
  local known = cell >= line.stalled_at or (cell == 0 and number <= line.gap_to)
  if not known or cell == GONE then
    return false
  end
  local standing = (number > line.gap_from and number <= line.gap_to) and line.gap_from or number
  local wait = math.max(0, standing - line.resumed_cursor) / line.rate
  return now < line.resumed_at + math.min(LONGEST_EXPECTED, presence(poll_interval(wait)))
end

local function offer(keys, line, call, number, now)
  redis.call("ZADD", keys.offers, now + line.offer_seconds, number)
  call.offered = call.offered + 1
end

-- Those who missed their turn and came back, lowest number first. Returns whether one of them is still expected.
local function call_returners(keys, line, call, now)
  while call.offered < call.budget and call.looked < call.most do
    local number = tonumber(redis.call("ZRANGE", keys.returners, 0, 0)[1])
    if not number then
      return false
    end
    local cell = read_cell(keys.seen, number)
    if cell <= now and is_expected(line, number, cell, now) then
      return true
    end
    redis.call("ZREM", keys.returners, number)
    if cell > now then
      offer(keys, line, call, number, now)
    end
    call.looked = call.looked + 1
  end
  return false
end

-- The numbers after the cursor; the absent are passed over, and are returners when they come back.
local function call_line(keys, line, call, now)
  local first = line.cursor + 1
  local last = math.min(line.next, line.cursor + call.most - call.looked)
  local cells = last >= first and redis.call("GETRANGE", keys.seen, 4 * (first - 1), 4 * last - 1) or ""
  for number = first, last do
    local at = 4 * (number - first)
    local cell = #cells >= at + 4 and struct.unpack(">I4", cells, at + 1) or 0
    if call.offered >= call.budget or (cell <= now and is_expected(line, number, cell, now)) then
      return
    end
    line.cursor = number
    call.moved = call.moved + 1
    if cell > now then
      offer(keys, line, call, number, now)
    end
  end
end
