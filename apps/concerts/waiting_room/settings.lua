-- settings: takes time and new settings into a line. A fragment; needs line.lua.

local BURST_SECONDS = 5 -- of credits that a late tick may catch up on

local function capped(credits, rate)
  return math.min(credits, math.max(1, rate * BURST_SECONDS))
end

-- Turn the time since the last call into credits, at the rate that held in it. Returns the seconds since that call.
-- Nothing accrues before the sale opens, nor while nobody is admitted; a clock that went back adds nothing.
local function accrue(line_key, line, now)
  local figures = redis.call("HMGET", line_key, "credits", "credited_at")
  local credits, credited_at = tonumber(figures[1]), tonumber(figures[2])
  if door(line, now) == "QUEUE" then
    local elapsed = math.max(0, now - math.max(credited_at, line.opens_at))
    credits = capped(credits + elapsed * line.rate, line.rate)
  end
  line.credits = credits
  redis.call("HSET", line_key, "credits", credits, "credited_at", now)
  return math.max(0, now - credited_at)
end

-- Adopt settings (JSON, see line_settings.py) unless newer ones are in force. Returns whether they are in force now.
local function adopt(line_key, line, json)
  local known = redis.call("HMGET", line_key, "settings", "revision")
  if known[1] == json then
    return true
  end
  local wanted = cjson.decode(json)
  if wanted.revision < tonumber(known[2]) then
    return false
  end
  if wanted.rate ~= line.rate then
    line.outflow = line.outflow * wanted.rate / line.rate
    line.credits = capped(line.credits, wanted.rate)
    redis.call("HSET", line_key, "outflow", line.outflow, "credits", line.credits)
  end
  write_settings(line_key, wanted, json)
  line.mode, line.rate = wanted.mode, wanted.rate
  line.opens_at, line.closes_at = wanted.opens_at, wanted.closes_at
  line.keys_expire_at = wanted.keys_expire_at
  return true
end
