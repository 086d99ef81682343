-- visit: somebody looks at the line: counts as present, claims what was offered, and learns where they stand. A fragment.
-- Needs line.lua. `keys` names the keys: line, numbers, seen, offers, returners, passes, entered.

local MOST_TOLD = 2147483647 -- the largest number of the answer's fields

-- The answer of join and status, packed: at the rate at which a crowd asks, a reply of many values costs the caller more
-- than all else that it does with it. 0 stands for no number or pass, -1 for an unknown estimate or count of seats.
--   I4 number  i4 ahead  i4 behind  i4 eta_seconds  i4 poll_ms  I4 pass_end  I4 cursor  I4 now  i4 seats_left  d rate
--   status and mode as text, a space between
-- Most significant byte first; store.py reads it. Returns it, and the status beside it.
local function answer(line, now, status, number, ahead, behind, eta, poll, pass_end)
  local seats_left = now - line.seats_counted_at <= SEATS_COUNT_KEPT and line.seats_left or -1
  local numbers = struct.pack(">I4i4i4i4i4I4I4I4i4d", number or 0, ahead, behind,
    eta and math.min(math.ceil(eta), MOST_TOLD) or -1, math.floor(1000 * poll), pass_end or 0, line.cursor,
    math.floor(now), seats_left, line.rate)
  return numbers .. status .. " " .. line.mode, status
end

-- The number under which a user waits, or nil: none was taken, or its owner left or got a pass.
local function number_of(keys, line, user_id)
  local number = tonumber(redis.call("HGET", keys.numbers, user_id % 100))
  if number and (number > line.cursor or read_cell(keys.seen, number) ~= GONE) then
    return number
  end
  return nil
end

local function admit(keys, line, user_id, number, now)
  local pass_end = math.floor(now) + line.pass_seconds
  redis.call("ZREM", keys.offers, number)
  write_cell(keys.seen, number, GONE)
  redis.call("ZADD", keys.passes, pass_end, user_id)
  redis.call("HSET", keys.entered, user_id, math.floor(now))
  return pass_end
end

-- Whether a turn is waiting to be claimed; one that lapsed, or was missed, is put among the returners, who go first.
local function has_offer(keys, line, number, now)
  if number > line.cursor then
    return false
  end
  local deadline = redis.call("ZSCORE", keys.offers, number)
  if deadline and tonumber(deadline) > now then
    return true
  end
  redis.call("ZREM", keys.offers, number)
  redis.call("ZADD", keys.returners, number, number)
  return false
end

local function people_ahead_and_behind(keys, line, number)
  local returners = redis.call("ZCARD", keys.returners)
  if number > line.cursor then
    local ahead = math.max(0, count_people(line, line.cursor, number) - 1)
    return returners + ahead, count_people(line, number, line.next)
  end
  local ahead = redis.call("ZRANK", keys.returners, number) or 0
  return ahead, returners - ahead - 1 + count_people(line, line.cursor, line.next)
end

-- Seconds until the turn of somebody with `ahead` people before them, by the recent outflow.
local function expected_wait(line, ahead, now)
  local outflow = math.max(line.outflow, line.rate / 20)
  return math.max(0, line.opens_at - now) + (ahead + 1) / outflow
end

-- The answer for a user who has a pass or waits, and its status; nil for one who does neither.
local function visit(keys, line, user_id, now)
  local pass_end = tonumber(redis.call("ZSCORE", keys.passes, user_id) or 0)
  local open_as = door(line, now)
  if pass_end > now then
    local number = tonumber(redis.call("HGET", keys.numbers, user_id % 100))
    return answer(line, now, "ADMITTED", number, 0, 0, 0, SETTLED_POLL, pass_end)
  end
  if open_as == "OPEN" then
    return answer(line, now, "OPEN", nil, 0, 0, 0, SETTLED_POLL, nil)
  end
  local number = number_of(keys, line, user_id)
  if not number then
    return nil
  end
  if open_as ~= "CLOSED" and has_offer(keys, line, number, now) then
    pass_end = admit(keys, line, user_id, number, now)
    return answer(line, now, "ADMITTED", number, 0, 0, 0, SETTLED_POLL, pass_end)
  end
  local ahead, behind = people_ahead_and_behind(keys, line, number)
  local wait = expected_wait(line, ahead, now)
  local poll = poll_interval(wait)
  write_cell(keys.seen, number, math.ceil(now + presence(poll)))
  local status = open_as == "QUEUE" and "WAITING" or open_as
  return answer(line, now, status, number, ahead, behind, status == "WAITING" and wait or nil, poll, nil)
end
