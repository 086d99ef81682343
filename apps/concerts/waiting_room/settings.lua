-- settings: takes new settings into a line. A fragment; needs line.lua.

local MOST_RESCHEDULED = 5000 -- numbers, in one call

-- Note that the line is looked after. Returns the seconds since it last was.
local function note_heard(line_key, now)
  local heard_at = tonumber(redis.call("HGET", line_key, "heard_at"))
  redis.call("HSET", line_key, "heard_at", exactly(now))
  return math.max(0, now - heard_at)
end

-- Give those who are called new moments, in their order, from now on: at another rate, or after a time in which
-- nobody could come. `keys` names the keys: line, seen, offers.
local function reschedule(keys, line, now)
  local fields = redis.call("HMGET", keys.line, "admitted_at", "offer_seconds")
  local step, kept = 1 / line.rate, tonumber(fields[2])
  local slot = math.max(now, line.opens_at, tonumber(fields[1]) + step)
  for _, number in ipairs(redis.call("ZRANGE", keys.offers, 0, MOST_RESCHEDULED - 1)) do
    redis.call("ZADD", keys.offers, exactly(slot), number)
    write_cell(keys.seen, tonumber(number), math.ceil(slot + kept))
    slot = slot + step
  end
  redis.call("HSET", keys.line, "slot_at", exactly(slot - step))
end

-- Adopt settings (JSON, see line_settings.py) unless newer ones are in force. Returns whether they are in force now.
local function adopt(keys, line, json, now)
  local known = redis.call("HMGET", keys.line, "settings", "revision")
  if known[1] == json then
    return true
  end
  local wanted = cjson.decode(json)
  if wanted.revision < tonumber(known[2]) then
    return false
  end
  write_settings(keys.line, wanted, json)
  line.mode, line.opens_at, line.closes_at = wanted.mode, wanted.opens_at, wanted.closes_at
  line.keys_expire_at = wanted.keys_expire_at
  if wanted.rate ~= line.rate then
    line.outflow = line.outflow * wanted.rate / line.rate
    line.rate = wanted.rate
    redis.call("HSET", keys.line, "outflow", line.outflow)
    reschedule(keys, line, now)
  end
  return true
end
