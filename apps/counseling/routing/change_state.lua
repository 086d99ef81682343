-- change_state: changes a counselor's state where states.lua allows it; the same one again changes nothing.
-- KEYS as in keys.lua
-- ARGV[1] counselor
-- ARGV[2] the new state
-- ARGV[3] reason
-- ARGV[4] capacity
-- ARGV[5] how long the after-call work may last, microseconds
-- ARGV[6] 1 to go off work with conversations
-- ARGV[7] 1 to do it only where a limit has passed
-- ARGV[8..] skills (categories)
-- returns {"CHANGED", former state, workload (see routing.lua)} | {"REFUSED", present state, workload} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local now = now_us()
local to, reason, forced = ARGV[2], ARGV[3], ARGV[6] == "1"
local counselor = read_counselor(keys, ARGV[1]) or new_counselor(ARGV[1])
local former = counselor.state
local leaves = not STATES[to].is_at_work

local function is_overdue()
  if leaves then
    local due_at = tonumber(redis.call("ZSCORE", keys.deadlines, "presence|" .. counselor.id))
    return due_at ~= nil and due_at <= now
  end
  return STATES[former].at_limit == to and counselor.after_call_until <= now
end

if ARGV[7] == "1" and not is_overdue() then
  return { "REFUSED", former, workload(counselor) }
end
if former == to or STATES[former].when_free == to then
  return { "CHANGED", former, workload(counselor) }
end
if not STATES[former].moves[to] or (leaves and #counselor.sessions > 0 and not forced) then
  return { "REFUSED", former, workload(counselor) }
end

local skills = {}
for number = 8, #ARGV do
  skills[#skills + 1] = tonumber(ARGV[number])
end
for _, category in ipairs(counselor.skills) do
  if leaves or not has(skills, category) then
    drop_wishes(keys, counselor, category, now)
  end
end
counselor.state, counselor.capacity, counselor.skills = to, tonumber(ARGV[4]), skills
if not STATES[former].is_at_work then
  redis.call("ZREM", keys.deadlines, "presence|" .. counselor.id) -- counts again from the first sign of life
end
if STATES[to].takes_conversations then
  counselor.idle = now
  if not STATES[former].is_on_queue then
    counselor.misses = 0
  end
end
if STATES[to].at_limit then
  set_after_call(keys, counselor, now + tonumber(ARGV[5]))
end
if leaves then
  redis.call("ZADD", keys.deadlines, now, "presence|" .. counselor.id) -- lost, until the last session is gone
end
write_counselor(keys, counselor, reason, now)
return { "CHANGED", former, workload(counselor) }
