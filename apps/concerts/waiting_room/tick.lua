-- tick: calls the next in line, each for a moment of its own. Late, twice or at once, it calls the same number.
-- KEYS[1] line:{performance:ID}       settings and state of the line (see keys.py)
-- KEYS[2] seen:{performance:ID}       until when the owner of each number counts as present
-- KEYS[3] offers:{performance:ID}     numbers that are called, by the moment of their turn
-- KEYS[4] returners:{performance:ID}  numbers that missed their turn and came back
-- KEYS[5] passes:{performance:ID}     accounts inside, by the end of their pass
-- KEYS[6] entered:{performance:ID}    when those inside were let in
-- KEYS[7] record:{performance:ID}     what happened to numbers, for the database
-- ARGV[1] settings (JSON, see line_settings.py)
-- ARGV[2] the most numbers to look at in this call
-- returns {"TICKED", offered, cursor, next, rate, mode, 1 if a further call has more to look at, settled: the number up to
-- returns which everybody is through or has missed the turn, the wait in ms that a newcomer can expect, now in ms} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include line.lua
-- include settings.lua
-- include turns.lua
-- include record.lua
-- include door.lua
-- include visit.lua

local OUTFLOW_SECONDS = 60 -- the stretch of time that the outflow is an average of
local FREED_SECONDS = 10 -- the one that the slots freed each second are an average of
local LONGEST_COUNTED = 4 -- seconds between two ticks that say something about the flow; the rest is an outage
local MOST_COUNTED_PER_TURN = 4 -- so that a stretch of people who left does not promise the rest too much
local MOST_ENDED = 1000 -- passes cleared in one call; those not cleared yet count as ended all the same

local keys = { line = KEYS[1], seen = KEYS[2], offers = KEYS[3], returners = KEYS[4], passes = KEYS[5],
  entered = KEYS[6], record = KEYS[7] }

local function average(before, count, elapsed, seconds)
  elapsed = math.min(elapsed, LONGEST_COUNTED)
  local kept = math.exp(-elapsed / seconds)
  return before * kept + count * (elapsed > 0 and (1 - kept) / elapsed or 1 / seconds)
end

local function begin_passes(line, now)
  local begun = redis.call("ZRANGEBYSCORE", keys.passes, "-" .. exactly(now), "(0", "WITHSCORES")
  for at = 1, #begun, 2 do
    begin_pass(keys.passes, line, begun[at], -tonumber(begun[at + 1]))
  end
end

-- Clear the passes that have ended. Returns how many.
local function clear_ended(now)
  local ended = redis.call("ZRANGEBYSCORE", keys.passes, 0, now, "LIMIT", 0, MOST_ENDED, "WITHSCORES")
  for at = 1, #ended, 2 do
    local user_id, pass_end = ended[at], tonumber(ended[at + 1])
    local entered = tonumber(redis.call("HGET", keys.entered, user_id) or 0)
    record(keys.record, "E", 0, user_id, entered < 0 and -entered or pass_end)
    redis.call("ZREM", keys.passes, user_id)
    redis.call("HDEL", keys.entered, user_id)
  end
  return #ended / 2
end

-- Where nobody waits any more, the next to come can expect the full rate. What was called ahead of its time, after a
-- pause for instance, is no faster flow.
local function update_outflow(line, call, elapsed, is_empty)
  if is_empty then
    line.outflow = average(line.outflow, line.rate * math.min(elapsed, LONGEST_COUNTED), elapsed, OUTFLOW_SECONDS)
    return
  end
  local called = math.min(call.moved + call.returned, MOST_COUNTED_PER_TURN * call.offered)
  local in_time = math.min(1, line.rate * elapsed / math.max(1, call.offered))
  line.outflow = average(line.outflow, called * in_time, elapsed, OUTFLOW_SECONDS)
end

-- Called are as many as there are slots for, and those who will find one freed when they come.
local function new_call(line, now, elapsed, ended)
  local fields = redis.call("HMGET", keys.line, "admitted_at", "slot_at", "since_returner", "freed_pace", "inside_limit")
  line.admitted_at, line.slot_at = tonumber(fields[1]), tonumber(fields[2])
  line.since_returner = tonumber(fields[3])
  local freed_pace = average(tonumber(fields[4]), ended, elapsed, FREED_SECONDS)
  redis.call("HSET", keys.line, "freed_pace", freed_pace)
  local free = math.max(0, tonumber(fields[5]) - count_inside(keys.passes, now))
  local to_be_freed = freed_pace * CALL_AHEAD
  local in_time = exactly(now - PUNCTUAL)
  local first = redis.call("ZRANGEBYSCORE", keys.offers, in_time, "+inf", "WITHSCORES", "LIMIT", 0, 1)
  return {
    called = redis.call("ZCARD", keys.offers), coming = redis.call("ZCOUNT", keys.offers, in_time, "+inf"),
    first_slot = tonumber(first[2] or 0), most = tonumber(ARGV[2]),
    slots = free + math.floor(to_be_freed + 0.5), most_called = free + math.ceil(to_be_freed) + 1,
    looked = 0, offered = 0, returned = 0, moved = 0,
  }
end

local function call_turns(line, call, now, elapsed)
  call_numbers(keys, line, call, now)
  local is_empty = line.cursor >= line.next and redis.call("ZCARD", keys.returners) == 0
  update_outflow(line, call, elapsed, is_empty)
  line.door_ends_at = math.max(line.slot_at, now + call.called / math.max(line.outflow, line.rate / 20))
  redis.call("HSET", keys.line, "cursor", line.cursor, "slot_at", exactly(line.slot_at), "outflow", line.outflow,
    "door_ends_at", exactly(line.door_ends_at), "since_returner", line.since_returner)
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
local elapsed = note_heard(keys.line, now)
adopt(keys, line, ARGV[1], now)
begin_passes(line, now)
local ended = clear_ended(now)
line.offer_seconds = tonumber(redis.call("HGET", keys.line, "offer_seconds"))
if note_stall(keys.line, line, now, elapsed) then
  reschedule(keys, line, now)
end
lapse(keys, line, now)
local call = new_call(line, now, elapsed, ended)
if door(line, now) == "QUEUE" and now >= line.opens_at - CALL_AHEAD then
  call_turns(line, call, now, elapsed)
end
renew_expiries(line)
local has_more = call.looked >= call.most and call.called < call.most_called
local waiting = redis.call("ZCARD", keys.returners) + count_people(line, line.cursor, line.next)
return { "TICKED", call.offered, line.cursor, line.next, tostring(line.rate), line.mode, has_more and 1 or 0,
  math.max(0, line.cursor - call.called), math.ceil(1000 * expected_wait(line, waiting, now)), math.floor(1000 * now) }
