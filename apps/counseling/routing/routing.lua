-- routing: what the scripts of routing share: who waits where, who has whom, who is free. A fragment.
--
-- Every change of a counselor goes through write_counselor, which alone decides by the load (READY or BUSY), keeps the
-- index of the free ones and writes down the change. Every change of a session goes through its three movers.
-- include apps/common/redis/now.lua
-- include states.lua

local TWO_MISSES = 2
-- Divisible by every capacity from 1 to 20, so that equal shares are equal numbers.
local WHOLE_SHARE = 232792560
local AFTER_ALL = "~" -- sorts behind digits and bars
local PACE_WEIGHT = 0.2

-- Microseconds.
local function now_us()
  return math.floor(now() * 1000000 + 0.5)
end

local function without(list, value)
  local rest = {}
  for _, item in ipairs(list) do
    if item ~= value then
      rest[#rest + 1] = item
    end
  end
  return rest
end

local function has(list, value)
  for _, item in ipairs(list) do
    if item == value then
      return true
    end
  end
  return false
end

-- The line

local function lane(category, wanted)
  return string.format("%08d|%012d|", category, wanted)
end

local function line_member(session)
  return string.format("%s%016d|%015d", lane(session.category, session.wanted), session.place, session.id)
end

local function parse_line_member(member)
  return {
    member = member, category = tonumber(string.sub(member, 1, 8)), wanted = tonumber(string.sub(member, 10, 21)),
    turn = string.sub(member, 23), id = tonumber(string.sub(member, 40)),
  }
end

-- The first of a lane, or nil.
local function head_of(keys, lane_prefix)
  local member = redis.call("ZRANGEBYLEX", keys.line, "[" .. lane_prefix, "(" .. lane_prefix .. AFTER_ALL,
    "LIMIT", 0, 1)[1]
  return member and parse_line_member(member)
end

local function count_lane(keys, lane_prefix)
  return redis.call("ZLEXCOUNT", keys.line, "[" .. lane_prefix, "(" .. lane_prefix .. AFTER_ALL)
end

-- Pace: how fast a category's line moves, as long as there is one

local function read_pace(keys, category)
  local pace = redis.call("HGET", keys.routing, "pace:" .. category)
  if not pace then
    return 0, 0
  end
  local interval, last = string.match(pace, "^(%d+) (%d+)$")
  return tonumber(interval), tonumber(last)
end

local function write_pace(keys, category, interval, last)
  redis.call("HSET", keys.routing, "pace:" .. category, string.format("%.0f %.0f", interval, last))
end

local function somebody_waits(keys, category, now)
  local interval, last = read_pace(keys, category)
  if last == 0 then
    write_pace(keys, category, interval, now)
  end
end

local function note_matches(keys, category, count, now)
  local interval, last = read_pace(keys, category)
  if last > 0 then
    local sample = math.max(0, now - last) / count
    local weight = interval > 0 and 1 - (1 - PACE_WEIGHT) ^ count or 1
    interval = interval + weight * (sample - interval)
  end
  write_pace(keys, category, interval, head_of(keys, string.format("%08d|", category)) and now or 0)
end

-- Seconds until the session at this position is matched, -1 while nobody can know.
local function estimate(keys, category, position, now)
  local interval, last = read_pace(keys, category)
  if interval == 0 then
    return -1
  end
  if last > 0 and now - last > interval then
    interval = interval + PACE_WEIGHT * (now - last - interval)
  end
  return math.ceil(position * interval / 1000000)
end

-- Sessions

local function read_session(keys, id)
  local packed = redis.call("HGET", keys.sessions, id)
  if not packed then
    return nil
  end
  local record = cmsgpack.unpack(packed)
  return {
    id = tonumber(id), category = record[1], place = record[2], wanted = record[3], avoided = record[4],
    stage = record[5], counselor = record[6], lease = record[7],
  }
end

local function write_session(keys, session)
  redis.call("HSET", keys.sessions, session.id, cmsgpack.pack({
    session.category, session.place, session.wanted, session.avoided, session.stage, session.counselor, session.lease,
  }))
end

-- {stage, position, seconds, counselor}
local function position_of(keys, session, now)
  if session.stage ~= "LINE" then
    return { session.stage, 0, -1, session.counselor }
  end
  local position = redis.call("ZLEXCOUNT", keys.line, "[" .. lane(session.category, session.wanted),
    "[" .. line_member(session))
  return { "LINE", position, estimate(keys, session.category, position, now), 0 }
end

local function put_in_line(keys, session, now)
  session.stage, session.counselor = "LINE", 0
  redis.call("ZADD", keys.line, 0, line_member(session))
  write_session(keys, session)
  somebody_waits(keys, session.category, now)
end

-- Takes it out of the line and off the clock. Whoever has it is the caller's business.
local function take_out(keys, session)
  if session.stage == "LINE" then
    redis.call("ZREM", keys.line, line_member(session))
  elseif session.stage == "LEASED" then
    redis.call("ZREM", keys.deadlines, "lease|" .. session.id)
  elseif session.stage == "OFFERED" then
    redis.call("ZREM", keys.deadlines, "offer|" .. session.id)
  end
end

local function put_with(keys, session, counselor_id, stage, due_at)
  session.stage, session.counselor = stage, counselor_id
  write_session(keys, session)
  if stage ~= "TALKING" then
    redis.call("ZADD", keys.deadlines, due_at, (stage == "LEASED" and "lease|" or "offer|") .. session.id)
  end
end

-- Counselors

local function free_members(counselor)
  local members = {}
  if STATES[counselor.state].takes_conversations then
    local share = #counselor.sessions * WHOLE_SHARE / counselor.capacity
    local fitness = string.format("%09.0f|%016d|%012d", share, counselor.idle, counselor.id)
    for _, category in ipairs(counselor.skills) do
      members[#members + 1] = string.format("%08d|%s", category, fitness)
    end
  end
  return members
end

local function read_counselor(keys, id)
  local packed = redis.call("HGET", keys.counselors, id)
  if not packed then
    return nil
  end
  local record = cmsgpack.unpack(packed)
  local counselor = {
    id = tonumber(id), state = record[1], capacity = record[2], skills = record[3], sessions = record[4],
    idle = record[5], misses = record[6], after_call_until = record[7],
  }
  counselor.was, counselor.indexed = counselor.state, free_members(counselor)
  return counselor
end

local function new_counselor(id)
  return {
    id = tonumber(id), state = OFF_WORK, capacity = 1, skills = {}, sessions = {}, idle = 0, misses = 0,
    after_call_until = 0, was = OFF_WORK, indexed = {},
  }
end

local function is_at_work(counselor)
  return counselor ~= nil and STATES[counselor.state].is_at_work == true
end

-- Whether somebody may wait for this one alone.
local function can_be_wanted(counselor, category)
  return is_at_work(counselor) and has(counselor.skills, category)
end

local function set_after_call(keys, counselor, until_us)
  counselor.after_call_until = until_us
  if until_us > 0 then
    redis.call("ZADD", keys.deadlines, until_us, "after_call|" .. counselor.id)
  else
    redis.call("ZREM", keys.deadlines, "after_call|" .. counselor.id)
  end
end

local function log_change(keys, counselor, reason, now)
  redis.call("XADD", keys.changes, "*", "life", redis.call("HGET", keys.routing, "life"),
    "counselor", counselor.id, "from", counselor.was, "to", counselor.state, "reason", reason,
    "load", #counselor.sessions, "at_us", string.format("%.0f", now))
end

-- Those who waited for this counselor alone wait for anybody of that category.
local function drop_wishes(keys, counselor, category, now)
  local prefix = lane(category, counselor.id)
  for _, member in ipairs(redis.call("ZRANGEBYLEX", keys.line, "[" .. prefix, "(" .. prefix .. AFTER_ALL)) do
    local session = read_session(keys, parse_line_member(member).id)
    take_out(keys, session)
    session.wanted = 0
    put_in_line(keys, session, now)
  end
end

local function write_counselor(keys, counselor, reason, now)
  local is_full = #counselor.sessions >= counselor.capacity
  counselor.state = STATES[counselor.state][is_full and "when_full" or "when_free"] or counselor.state
  if not STATES[counselor.state].at_limit and counselor.after_call_until > 0 then
    set_after_call(keys, counselor, 0)
  end
  if #counselor.indexed > 0 then
    redis.call("ZREM", keys.free, unpack(counselor.indexed))
  end
  counselor.indexed = free_members(counselor)
  if #counselor.indexed > 0 then
    local scored = {}
    for _, member in ipairs(counselor.indexed) do
      scored[#scored + 1] = 0
      scored[#scored + 1] = member
    end
    redis.call("ZADD", keys.free, unpack(scored))
  end
  if counselor.state ~= counselor.was then
    log_change(keys, counselor, reason, now)
    counselor.was = counselor.state
  end
  if not is_at_work(counselor) and #counselor.sessions == 0 then
    redis.call("HDEL", keys.counselors, counselor.id)
    redis.call("ZREM", keys.deadlines, "presence|" .. counselor.id)
  else
    redis.call("HSET", keys.counselors, counselor.id, cmsgpack.pack({
      counselor.state, counselor.capacity, counselor.skills, counselor.sessions, counselor.idle, counselor.misses,
      counselor.after_call_until,
    }))
  end
end

-- {state, load, capacity, after call until, skills, sessions}; nobody's record is that of somebody off work.
local function workload(counselor)
  if not counselor then
    return { OFF_WORK, 0, 0, 0, {}, {} }
  end
  return { counselor.state, #counselor.sessions, counselor.capacity, counselor.after_call_until,
    counselor.skills, counselor.sessions }
end

-- Takes a session from whoever has it, in the line or with a counselor.
local function take_from_holder(keys, session, reason, now)
  take_out(keys, session)
  local holder = session.counselor > 0 and read_counselor(keys, session.counselor)
  if holder then
    holder.sessions = without(holder.sessions, session.id)
    holder.idle = now
    write_counselor(keys, holder, reason, now)
  end
end

local function next_lease(keys)
  return redis.call("HINCRBY", keys.routing, "leases", 1)
end

local function give(keys, session, counselor, stage, due_at, reason, now)
  counselor.sessions[#counselor.sessions + 1] = session.id
  counselor.idle = now
  put_with(keys, session, counselor.id, stage, due_at)
  write_counselor(keys, counselor, reason, now)
end
