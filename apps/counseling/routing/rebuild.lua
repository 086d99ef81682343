-- rebuild: writes all of routing from the database, once.
-- KEYS as in keys.lua
-- ARGV[1] the name of this making
-- ARGV[2] how long an offer lasts, microseconds
-- ARGV[3] the time of grace until a counselor counts as lost, microseconds
-- ARGV[4] packed {{session_id, category, place, stage, counselor, wanted}, ...}
-- ARGV[5] packed {{counselor, last known state, capacity, skills, idle since, after call until}, ...}
-- returns {"REBUILT"} | {"THERE"} if it is there already
-- include keys.lua
-- include routing.lua

if is_ready(keys) then
  return { "THERE" }
end
local now = now_us()
redis.call("DEL", keys.routing, keys.counselors, keys.free, keys.line, keys.sessions, keys.deadlines)
redis.call("HSET", keys.routing, "life", ARGV[1], "leases", string.format("%.0f", now))

local counselors = {}

local function add_counselor(counselor)
  redis.call("ZADD", keys.deadlines, now + tonumber(ARGV[3]), "presence|" .. counselor.id)
  counselors[counselor.id] = counselor
  return counselor
end

for _, record in ipairs(cmsgpack.unpack(ARGV[5])) do
  local counselor = new_counselor(record[1])
  counselor.state, counselor.was, counselor.capacity, counselor.skills = record[2], record[2], record[3], record[4]
  counselor.idle = record[5]
  if STATES[counselor.state].at_limit then
    set_after_call(keys, counselor, math.max(record[6], 1))
  end
  add_counselor(counselor)
end

local waiting = {}
for _, record in ipairs(cmsgpack.unpack(ARGV[4])) do
  local session = {
    id = record[1], category = record[2], place = record[3], wanted = record[6], avoided = 0, lease = 0,
  }
  if record[5] > 0 then
    local counselor = counselors[record[5]] or add_counselor(new_counselor(record[5]))
    counselor.sessions[#counselor.sessions + 1] = session.id
    put_with(keys, session, counselor.id, record[4], now + tonumber(ARGV[2]))
  else
    waiting[#waiting + 1] = session
  end
end
for _, counselor in pairs(counselors) do
  write_counselor(keys, counselor, "rebuilt", now)
end
for _, session in ipairs(waiting) do
  if session.wanted > 0 and not can_be_wanted(counselors[session.wanted], session.category) then
    session.wanted = 0
  end
  put_in_line(keys, session, now)
end
redis.call("HSET", keys.routing, "ready", 1)
return { "REBUILT" }
