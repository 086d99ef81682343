-- tick: turns the time that has passed into turns for the next in line. Late, twice or at once, it admits the same number.
-- KEYS[1] line:{performance:ID}       settings and state of the line (see keys.py)
-- KEYS[2] seen:{performance:ID}       until when the owner of each number counts as present
-- KEYS[3] offers:{performance:ID}     numbers whose turn has come, by the end of their time to claim it
-- KEYS[4] returners:{performance:ID}  numbers that missed their turn and came back
-- KEYS[5] passes:{performance:ID}     accounts inside, by the end of their pass
-- KEYS[6] entered:{performance:ID}    when those inside were let in
-- ARGV[1] settings (JSON, see line_settings.py)
-- ARGV[2] the most numbers to look at in this call
-- returns {"TICKED", offered, cursor, next, rate, mode, 1 if a further call has more to look at} | {"NOT_READY"}
-- include apps/common/now.lua
-- include line.lua
-- include settings.lua
-- include turns.lua

local OUTFLOW_SECONDS = 60 -- the stretch of time that the outflow is an average of
local MOST_COUNTED_PER_TURN = 4 -- so that a stretch of people who left does not promise the rest too much
local IDLE_SECONDS = 1 -- of credits that a line keeps in which nobody waits, so that the next crowd is no burst
local MOST_ENDED = 1000 -- passes cleared in one call; those not cleared yet count as ended all the same

local keys = { line = KEYS[1], seen = KEYS[2], offers = KEYS[3], returners = KEYS[4], passes = KEYS[5],
  entered = KEYS[6] }

local function clear_ended(now)
  local ended = redis.call("ZRANGEBYSCORE", keys.passes, "-inf", now, "LIMIT", 0, MOST_ENDED)
  if #ended > 0 then
    redis.call("ZREM", keys.passes, unpack(ended))
    redis.call("HDEL", keys.entered, unpack(ended))
  end
  redis.call("ZREMRANGEBYSCORE", keys.offers, "-inf", now)
end

local function free_slots(now)
  local later = string.format("(%.6f", now)
  local limit = tonumber(redis.call("HGET", keys.line, "inside_limit"))
  return limit - redis.call("ZCOUNT", keys.passes, later, "+inf") - redis.call("ZCARD", keys.offers)
end

-- Where nobody waits any more, the next to come can expect the full rate.
local function update_outflow(line, call, elapsed, is_empty)
  local kept = math.exp(-elapsed / OUTFLOW_SECONDS)
  if is_empty then
    line.outflow = line.outflow * kept + line.rate * (1 - kept)
  else
    local called = math.min(call.moved + call.returned, MOST_COUNTED_PER_TURN * call.offered)
    line.outflow = line.outflow * kept + called / OUTFLOW_SECONDS
  end
end

local function call_turns(line, now, elapsed)
  local call = { budget = math.min(math.floor(line.credits), free_slots(now)), looked = 0, most = tonumber(ARGV[2]),
    offered = 0, returned = 0, moved = 0 }
  local is_held_up = call_returners(keys, line, call, now)
  call.returned = call.offered
  if not is_held_up then
    call_line(keys, line, call, now)
  end
  local is_empty = line.cursor >= line.next and redis.call("ZCARD", keys.returners) == 0
  line.credits = line.credits - call.offered
  if is_empty then
    line.credits = math.min(line.credits, math.max(1, line.rate * IDLE_SECONDS))
  end
  update_outflow(line, call, elapsed, is_empty)
  redis.call("HSET", keys.line, "cursor", line.cursor, "credits", line.credits, "outflow", line.outflow)
  return call.offered, call.looked + call.moved >= call.most and call.offered < call.budget
end

local function renew_expiries(line)
  for _, key in pairs(keys) do
    if redis.call("EXPIRETIME", key) ~= line.keys_expire_at then
      redis.call("EXPIREAT", key, line.keys_expire_at)
    end
  end
end

local now = now()
local line = read_line(keys.line)
if not line then
  return { "NOT_READY" }
end
local elapsed = accrue(keys.line, line, now)
adopt(keys.line, line, ARGV[1])
clear_ended(now)
note_stall(keys.line, line, now, elapsed)
local offered, more = 0, false
if door(line, now) == "QUEUE" and now >= line.opens_at then
  offered, more = call_turns(line, now, elapsed)
end
renew_expiries(line)
return { "TICKED", offered, line.cursor, line.next, tostring(line.rate), line.mode, more and 1 or 0 }
