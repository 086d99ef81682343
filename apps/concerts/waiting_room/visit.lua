-- visit: somebody looks at the line: counts as present, claims their turn, and learns where they stand. A fragment.
-- Needs line.lua, door.lua. `keys` names the keys: line, numbers, seen, offers, returners, passes, entered, record.

local LARGEST = 2147483647 -- the largest number of the answer's fields

-- The answer of join and status, packed: at the rate at which a crowd asks, a reply of many values costs the caller more
-- than all else that it does with it. 0 stands for no number or pass, -1 for an unknown estimate or count of seats.
--   I4 number  i4 ahead  i4 behind  i4 eta_seconds  i4 poll_ms  I4 pass_end  I4 cursor  I4 now  i4 seats_left  d rate
--   I8 the line's life  I8 revision of its settings
--   status and mode as text, a space between
-- Most significant byte first; store.py reads it. Returns it, and the status beside it.
local function answer(line, now, status, number, ahead, behind, eta, poll, pass_end)
  local numbers = struct.pack(">I4i4i4i4i4I4I4I4i4dI8I8", number or 0, ahead, behind,
    eta and math.min(math.ceil(eta), LARGEST) or -1, math.floor(1000 * poll), pass_end or 0, line.cursor,
    math.floor(now), seats_left_now(line, now), line.rate, life_of(line), line.revision)
  return numbers .. status .. " " .. line.mode, status
end

-- The number under which a user waits, or nil (none was taken, or its owner left or was let in); and its cell, if read.
local function number_of(keys, line, user_id)
  local number = tonumber(redis.call("HGET", keys.numbers, user_id % 100))
  if not number or number > line.cursor then
    return number, nil
  end
  local cell = read_cell(keys.seen, number)
  return cell ~= GONE and number or nil, cell
end

-- Before the number of a returner go other returners and, for each of them, some who never missed a turn.
local function people_ahead_of_returner(keys, line, rank)
  return rank + math.min(count_people(line, line.cursor, line.next), PROMISED_PER_RETURNER * rank)
end

-- Who is called has nobody ahead. far_in_line.py works out the same for those who are far from their turn.
local function people_ahead_and_behind(keys, line, number)
  local returners = redis.call("ZCARD", keys.returners)
  local waiting = count_people(line, line.cursor, line.next)
  if number > line.cursor then
    local ahead = math.max(0, count_people(line, line.cursor, number) - 1)
    ahead = ahead + math.min(returners, math.ceil(ahead / PROMISED_PER_RETURNER))
    return ahead, math.max(0, returners + waiting - ahead - 1)
  end
  local rank = redis.call("ZRANK", keys.returners, number)
  if not rank then
    return 0, returners + waiting
  end
  local ahead = people_ahead_of_returner(keys, line, rank)
  return ahead, math.max(0, returners + waiting - ahead - 1)
end

local function expected_outflow(line)
  return math.max(line.outflow, line.rate / 20)
end

-- Seconds until the turn of somebody with `ahead` people before them: until those who are called have come through the
-- door, and then by the recent outflow.
local function expected_wait(line, ahead, now)
  return math.max(now, line.opens_at, line.door_ends_at) - now + (ahead + 1) / expected_outflow(line)
end

-- What somebody is told who waits; from now on they count as present for a while. far_in_line.py says the same.
local function wait_on(keys, line, number, status, now)
  local ahead, behind = people_ahead_and_behind(keys, line, number)
  local wait = expected_wait(line, ahead, now)
  -- A line that stands may move on at its rate in any moment, and then whoever is near has to be there.
  local soonest = math.max(0, line.opens_at - now) + ahead / line.rate
  local poll = math.min(poll_interval(wait), SHORTEST_POLL + soonest)
  write_cell(keys.seen, number, math.ceil(now + presence(poll)))
  return answer(line, now, status, number, ahead, behind, status == "WAITING" and wait or nil, poll, nil)
end

-- What somebody is told whose turn comes in so many seconds, no sooner and with nobody ahead.
local function called(keys, line, number, status, seconds, poll, now)
  local behind = redis.call("ZCARD", keys.returners) + count_people(line, line.cursor, line.next)
  return answer(line, now, status, number, 0, behind, status == "WAITING" and seconds or nil, just_after(poll), nil)
end

-- A number that the cursor has passed: its owner is called, or has missed the turn.
local function visit_door(keys, line, user_id, number, cell, status, now)
  local slot = tonumber(redis.call("ZSCORE", keys.offers, number) or -1)
  if slot >= 0 then
    local wait, poll = claim(keys, line, user_id, number, slot, cell, now)
    if wait == 0 then
      return answer(line, now, "ADMITTED", number, 0, 0, 0, SETTLED_POLL, math.floor(now) + line.pass_seconds)
    elseif wait then
      return called(keys, line, number, status, wait, poll, now)
    end
    redis.call("ZREM", keys.offers, number)
  elseif not redis.call("ZSCORE", keys.returners, number) and is_too_late(keys.line, cell, now) then
    return wait_on(keys, line, stand_at_the_end(keys, line, user_id, number, now), status, now)
  end
  redis.call("ZADD", keys.returners, number, number)
  return wait_on(keys, line, number, status, now)
end

-- The answer for a user who has a pass or waits, and its status; nil for one who does neither.
local function visit(keys, line, user_id, now)
  local pass_end = tonumber(redis.call("ZSCORE", keys.passes, user_id) or 0)
  local open_as = door(line, now)
  if pass_end < 0 and -pass_end <= now then
    pass_end = begin_pass(keys.passes, line, user_id, -pass_end)
  end
  if pass_end > now then
    local number = tonumber(redis.call("HGET", keys.numbers, user_id % 100))
    return answer(line, now, "ADMITTED", number, 0, 0, 0, SETTLED_POLL, pass_end)
  end
  if open_as == "OPEN" then
    return answer(line, now, "OPEN", nil, 0, 0, 0, SETTLED_POLL, nil)
  end
  local status = open_as == "QUEUE" and "WAITING" or open_as
  if pass_end < 0 then
    local number = tonumber(redis.call("HGET", keys.numbers, user_id % 100))
    return called(keys, line, number, status, -pass_end - now, -pass_end - now, now)
  end
  local number, cell = number_of(keys, line, user_id)
  if not number then
    return nil
  end
  if number <= line.cursor and open_as ~= "CLOSED" then
    return visit_door(keys, line, user_id, number, cell, status, now)
  end
  return wait_on(keys, line, number, status, now)
end
