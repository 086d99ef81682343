-- door: how the called come through it: at their moments, no closer together than the rate allows. A fragment.
-- Needs line.lua, record.lua. `keys` names the keys: line, numbers, seen, offers, passes, entered, record.

local PUNCTUAL = 1 -- seconds after its moment in which a turn is claimed in time
local SOONEST_LOOK, LATEST_LOOK = 0.7, 2 -- seconds between two looks of somebody for whom there is no slot inside yet

-- Seconds to wait so that the moment is there, as a whole number of milliseconds.
local function just_after(seconds)
  return seconds > 0 and math.ceil(1000 * seconds + 1) / 1000 or 0
end

local function begin_pass(passes_key, line, user_id, begins)
  local pass_end = math.floor(begins) + line.pass_seconds
  redis.call("ZADD", passes_key, pass_end, user_id)
  return pass_end
end

-- Let somebody in at a moment, now or soon. It is for good: the number is used up, and nobody else gets the moment.
local function admit(keys, line, user_id, number, begins, now)
  redis.call("HSET", keys.line, "admitted_at", exactly(begins))
  redis.call("ZREM", keys.offers, number)
  write_cell(keys.seen, number, GONE)
  redis.call("HSET", keys.entered, user_id, exactly(begins))
  record(keys.record, "A", number, user_id, begins)
  if begins <= now then
    begin_pass(keys.passes, line, user_id, begins)
  else
    redis.call("ZADD", keys.passes, "-" .. exactly(begins), user_id)
  end
end

-- Claim the turn of a number that is called for `slot` and kept until `due`. Returns after how many seconds its owner is
-- inside, and when to ask again; 0 for at once; nil where the turn was missed.
local function claim(keys, line, user_id, number, slot, due, now)
  local fields = redis.call("HMGET", keys.line, "admitted_at", "inside_limit", "offer_seconds", "heard_at", "freed_pace")
  local kept, heard_at = tonumber(fields[3]), tonumber(fields[4])
  local begins = math.max(now, tonumber(fields[1]) + 1 / line.rate)
  local opens = math.max(slot, line.opens_at)
  if now < opens then
    return math.max(opens, begins) - now, opens - now
  end
  local free = tonumber(fields[2]) - count_inside(keys.passes, now)
  local before = redis.call("ZRANK", keys.offers, number)
  if before >= free then -- those called before it go first
    local wait = (before - free + 1) / math.max(tonumber(fields[5]), line.rate / 20)
    local look = before == free and SOONEST_LOOK or math.min(LATEST_LOOK, math.max(SOONEST_LOOK, wait / 2))
    write_cell(keys.seen, number, math.ceil(now + look + kept))
    return wait, look
  end
  -- Late ones take moments that nobody else wants; or else the punctual would wait for whoever holds back.
  local is_late = now > due - kept + PUNCTUAL and now - heard_at <= STALL_SECONDS
  if is_late and begins - now > BACKLOG then
    return nil
  end
  admit(keys, line, user_id, number, begins, now)
  return begins - now, begins - now
end

-- Whether a missed turn was missed so long ago that its number counts no more; `missed_at` is the number's cell.
local function is_too_late(line_key, missed_at, now)
  if missed_at <= GONE then
    return false
  end
  local fields = redis.call("HMGET", line_key, "return_seconds", "stalled_at", "resumed_at")
  local time_to_return = tonumber(fields[1])
  if missed_at + time_to_return >= tonumber(fields[2]) then -- a time in which nobody could come does not count
    missed_at = math.max(missed_at, tonumber(fields[3]))
  end
  return now > missed_at + time_to_return
end

-- Give an account a number; return it.
local function give_number(keys, line, user_id, number)
  redis.call("HSET", keys.numbers, user_id % 100, number)
  redis.call("EXPIREAT", keys.numbers, line.keys_expire_at)
  write_cell(keys.seen, number, 0)
  return number
end

local function next_number(keys, line)
  line.next = redis.call("HINCRBY", keys.line, "next", 1)
  return line.next
end

-- Exchange a number that counts no more for a new one; return it.
local function stand_at_the_end(keys, line, user_id, number, now)
  write_cell(keys.seen, number, GONE)
  record(keys.record, "M", number, user_id, now)
  return give_number(keys, line, user_id, next_number(keys, line))
end
