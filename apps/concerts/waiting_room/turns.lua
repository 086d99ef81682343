-- turns: calls numbers to the door, each for a moment of its own, a few seconds ahead. A fragment; needs line.lua.
-- `keys` names the keys: line, seen, offers, returners. `call` is one round of calls: `called` are numbers of `most_called`
-- that may be, for `slots` inside; `coming` are those of them who are not late. `most` are to be looked at, of which so many were `offered` a turn (`returned` of them missed one), `looked` at, `moved`
-- over by the cursor.

local CALL_AHEAD = 4 -- seconds: everybody who polls every two has been told the moment before it comes
local CATCH_UP = 1.1 -- so many times denser are moments given out after some that nobody used
local MOST_LAPSED = 1000 -- in one call
local LONGEST_EXPECTED = 60 -- seconds after a stall or a loss

-- Note a stall (Redis or the worker was away): who was present at its start is expected back. Returns whether it was one.
local function note_stall(line_key, line, now, elapsed)
  local has_stalled = elapsed > STALL_SECONDS
  if has_stalled then
    redis.call("HSET", line_key, "stalled_at", now - elapsed, "resumed_at", now, "resumed_cursor", line.cursor)
  end
  local fields = redis.call("HMGET", line_key, "stalled_at", "resumed_at", "resumed_cursor")
  line.stalled_at, line.resumed_at = tonumber(fields[1]), tonumber(fields[2])
  line.resumed_cursor = tonumber(fields[3])
  return has_stalled
end

-- Whether the owner of a number that was present before a stall or a loss may still be about to poll.
local function is_expected(line, number, cell, now)
  local known = cell >= line.stalled_at or (cell == 0 and number <= line.gap_to)
  if not known or cell == GONE then
    return false
  end
  local position = (number > line.gap_from and number <= line.gap_to) and line.gap_from or number
  local wait = math.max(0, position - line.resumed_cursor) / line.rate
  return now < line.resumed_at + math.min(LONGEST_EXPECTED, longest_interval(poll_interval(wait)) + ABSENCE_GRACE)
end

-- Take their turn from those who did not come for it in time. Their cells say since when they have missed it.
local function lapse(keys, line, now)
  local latest = exactly(now - line.offer_seconds)
  for _, member in ipairs(redis.call("ZRANGEBYSCORE", keys.offers, "-inf", latest, "LIMIT", 0, MOST_LAPSED)) do
    local number = tonumber(member)
    local due = read_cell(keys.seen, number)
    if due <= now and not is_expected(line, number, due, now) then
      redis.call("ZREM", keys.offers, member)
    end
  end
end

-- The next moment to be given out: one step after the last. It is a little earlier where the door will be free before,
-- since some stayed away, but so little that nobody has to wait longer for it than was promised; and it is later where
-- those who are coming would still stand there.
local function next_slot(line, call, now)
  local step = 1 / line.rate
  local free_at = math.max(now, line.opens_at, line.admitted_at + step, call.first_slot) + call.coming * step
  local slot = line.slot_at + step
  if slot < free_at - BACKLOG then
    slot = free_at - BACKLOG
  elseif slot > free_at then
    slot = math.max(free_at, line.slot_at + step / CATCH_UP)
  end
  return math.max(slot, now, line.opens_at)
end

local function has_room(line, call, now)
  if call.called >= call.most_called or call.looked >= call.most then
    return false
  end
  call.slot = next_slot(line, call, now)
  return call.slot <= now + CALL_AHEAD
end

-- Call a number for the next moment. Returns the number's cell: until when the turn is kept for its owner.
local function offer(keys, line, call, number)
  redis.call("ZADD", keys.offers, exactly(call.slot), number)
  line.slot_at = call.slot
  call.called, call.coming, call.offered = call.called + 1, call.coming + 1, call.offered + 1
  return math.ceil(call.slot + line.offer_seconds)
end

-- Call the first of those who missed their turn and came back. Returns whether there was one to look at.
local function call_returner(keys, line, call, now)
  if call.are_returners_done then
    return false
  end
  local number = tonumber(redis.call("ZRANGE", keys.returners, 0, 0)[1])
  local cell = number and read_cell(keys.seen, number)
  if not number or (cell <= now and is_expected(line, number, cell, now)) then
    call.are_returners_done = true
    return false
  end
  redis.call("ZREM", keys.returners, number)
  call.looked = call.looked + 1
  if cell > now then
    write_cell(keys.seen, number, offer(keys, line, call, number))
    call.returned = call.returned + 1
    line.since_returner = 0
  end
  return true
end

-- Call the next number, or pass over its absent owner, who may come back for a while: not before there is a slot for
-- somebody behind. Returns its new cell, nil for the same one; and whether the line has to wait for the owner.
local function call_next(keys, line, call, cell, now)
  local number = line.cursor + 1
  local is_present = cell > now
  if not is_present and (call.called >= call.slots or is_expected(line, number, cell, now)) then
    return nil, true
  end
  line.cursor = number
  call.looked, call.moved = call.looked + 1, call.moved + 1
  if is_present then
    line.since_returner = line.since_returner + 1
    return offer(keys, line, call, number), false
  end
  return cell > GONE and math.floor(now) or nil, false
end

-- Call as many as there is room for: in the order of numbers, and now and then somebody who missed a turn.
local function call_numbers(keys, line, call, now)
  local first = line.cursor + 1
  local last = math.min(line.next, line.cursor + call.most)
  local cells = last >= first and redis.call("GETRANGE", keys.seen, 4 * (first - 1), 4 * last - 1) or ""
  local changed = {}
  while has_room(line, call, now) do
    local is_last = line.cursor >= last
    local is_returners_turn = is_last or line.since_returner >= PROMISED_PER_RETURNER
    if not (is_returners_turn and call_returner(keys, line, call, now)) then
      if is_last then
        break
      end
      local at = 4 * (line.cursor + 1 - first)
      local cell = #cells >= at + 4 and struct.unpack(">I4", cells, at + 1) or 0
      local new_cell, has_to_wait = call_next(keys, line, call, cell, now)
      if has_to_wait then
        break
      end
      changed[#changed + 1] = struct.pack(">I4", new_cell or cell)
    end
  end
  if #changed > 0 then
    redis.call("SETRANGE", keys.seen, 4 * (first - 1), table.concat(changed))
  end
end
