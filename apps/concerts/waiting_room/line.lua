-- line: what the scripts of a waiting room share: its state, who is present, where somebody stands. A fragment.
--
-- Everybody has a number, the cursor moves over the numbers, and a cell of 4 bytes per number (big-endian) says
-- until when its owner counts as present: 0 never seen since this line was made, 1 gone for good.

local GONE = 1
local SHORTEST_POLL, LONGEST_POLL = 2, 60 -- seconds
local POLLS_PER_WAIT = 1.5
local JITTER = 0.15 -- what the server adds to or takes from a poll interval, at most
local SETTLED_POLL = 30 -- for those who do not wait
local ABSENCE_GRACE, LONGEST_GRACE = 10, 40 -- seconds
local SEATS_COUNT_KEPT = 10 -- seconds for which a count of the seats left is told
local STALL_SECONDS = 10 -- without a tick for so long, nobody's absence is their own doing
local BACKLOG = 0.5 -- seconds by which the door may be behind the moments that it gave out
local PROMISED_PER_RETURNER = 9 -- turns of those who never missed one, for each of somebody who did

-- The line's state as numbers, or nil where it has to be made anew.
local function read_line(line_key)
  local fields = redis.call("HMGET", line_key, "ready", "mode", "rate", "opens_at", "closes_at", "joins_from",
    "next", "cursor", "outflow", "gap_from", "gap_to", "created_at", "pass_seconds", "keys_expire_at",
    "seats_left", "seats_counted_at", "door_ends_at", "revision")
  if not fields[1] then
    return nil
  end
  return {
    mode = fields[2], rate = tonumber(fields[3]), opens_at = tonumber(fields[4]), closes_at = tonumber(fields[5]),
    joins_from = tonumber(fields[6]), next = tonumber(fields[7]), cursor = tonumber(fields[8]),
    outflow = tonumber(fields[9]), gap_from = tonumber(fields[10]), gap_to = tonumber(fields[11]),
    created_at = tonumber(fields[12]), pass_seconds = tonumber(fields[13]), keys_expire_at = tonumber(fields[14]),
    seats_left = tonumber(fields[15] or -1), seats_counted_at = tonumber(fields[16] or 0),
    door_ends_at = tonumber(fields[17]), revision = tonumber(fields[18]),
  }
end

local function write_settings(line_key, settings, json)
  for field, value in pairs(settings) do
    redis.call("HSET", line_key, field, value)
  end
  redis.call("HSET", line_key, "settings", json)
  redis.call("EXPIREAT", line_key, settings.keys_expire_at)
end

-- When the line was made, in microseconds: a line that was lost and made anew has another.
local function life_of(line)
  return math.floor(1000000 * line.created_at + 0.5)
end

-- A count of the seats left that is not too old to be told; -1 without one.
local function seats_left_now(line, now)
  return now - line.seats_counted_at <= SEATS_COUNT_KEPT and line.seats_left or -1
end

-- A time as text that loses no microsecond of it.
local function exactly(time)
  return string.format("%.6f", time)
end

-- How many are inside, or about to be: a pass that begins later has the negative of that moment for its end.
local function count_inside(passes_key, now)
  return redis.call("ZCOUNT", passes_key, "(" .. exactly(now), "+inf") + redis.call("ZCOUNT", passes_key, "-inf", "(0")
end

-- What stands between a newcomer and a pass: OPEN, QUEUE, PAUSED or CLOSED. The end of the sale closes every line.
local function door(line, now)
  return now >= line.closes_at and "CLOSED" or line.mode
end

local function read_cell(seen_key, number)
  local cell = redis.call("GETRANGE", seen_key, 4 * (number - 1), 4 * number - 1)
  return #cell == 4 and struct.unpack(">I4", cell) or 0
end

local function write_cell(seen_key, number, value)
  redis.call("SETRANGE", seen_key, 4 * (number - 1), struct.pack(">I4", value))
end

-- How many numbers after `from` and up to `to` were given to people: those of the gap, which a line that
-- was made anew leaves free for numbers it does not know of, are left out.
local function count_people(line, from, to)
  local in_gap = math.min(to, line.gap_to) - math.max(from, line.gap_from)
  return math.max(0, to - from - math.max(0, in_gap))
end

-- Seconds between two polls of somebody who waits for `wait` seconds more.
local function poll_interval(wait)
  return math.min(LONGEST_POLL, math.max(SHORTEST_POLL, wait / POLLS_PER_WAIT))
end

-- The longest that the server may have told for an interval.
local function longest_interval(poll)
  return (1 + JITTER) * poll
end

-- Seconds after a poll for which its sender counts as present: two intervals and some grace, but no more beyond the
-- first than shows whether the next poll comes at all.
local function presence(poll)
  return longest_interval(poll) + math.min(longest_interval(poll) + ABSENCE_GRACE, LONGEST_GRACE)
end
