-- change_state: changes a counselor's state where the table allows it; the same one again changes nothing.
-- KEYS as in keys.lua
-- ARGV[1] counselor
-- ARGV[2] the new state
-- ARGV[3] reason
-- ARGV[4] capacity
-- ARGV[5] how long the after-call work may last, microseconds
-- ARGV[6] 1 to go OFFLINE with conversations
-- ARGV[7] 1 to do it only where a limit has passed
-- ARGV[8..] skills (categories)
-- returns {"CHANGED", former state, workload (see routing.lua)} | {"REFUSED", present state, workload} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

-- From each state the others that a counselor can go to; READY stands for BUSY too, by the load.
local ALLOWED = {
  OFFLINE = { ONLINE = true },
  ONLINE = { READY = true, OFFLINE = true },
  READY = { ONLINE = true, AFTER_CALL = true, OFFLINE = true },
  BUSY = { ONLINE = true, AFTER_CALL = true, OFFLINE = true },
  AFTER_CALL = { READY = true, ONLINE = true, OFFLINE = true },
}

local now = now_us()
local to, reason, forced = ARGV[2], ARGV[3], ARGV[6] == "1"
local counselor = read_counselor(keys, ARGV[1]) or new_counselor(ARGV[1])
local former = counselor.state

local function is_overdue()
  if to == "OFFLINE" then
    local due_at = tonumber(redis.call("ZSCORE", keys.deadlines, "presence|" .. counselor.id))
    return due_at ~= nil and due_at <= now
  end
  return former == "AFTER_CALL" and counselor.after_call_until <= now
end

if ARGV[7] == "1" and not is_overdue() then
  return { "REFUSED", former, workload(counselor) }
end
if former == to or (former == "BUSY" and to == "READY") then
  return { "CHANGED", former, workload(counselor) }
end
if not ALLOWED[former][to] or (to == "OFFLINE" and #counselor.sessions > 0 and not forced) then
  return { "REFUSED", former, workload(counselor) }
end

local skills = {}
for number = 8, #ARGV do
  skills[#skills + 1] = tonumber(ARGV[number])
end
for _, category in ipairs(counselor.skills) do
  if to == "OFFLINE" or not has(skills, category) then
    drop_wishes(keys, counselor, category, now)
  end
end
counselor.state, counselor.capacity, counselor.skills = to, tonumber(ARGV[4]), skills
if former == "OFFLINE" then
  redis.call("ZREM", keys.deadlines, "presence|" .. counselor.id) -- counts again from the first sign of life
elseif to == "READY" then
  counselor.idle = now
  if former == "ONLINE" then
    counselor.misses = 0
  end
elseif to == "AFTER_CALL" then
  set_after_call(keys, counselor, now + tonumber(ARGV[5]))
elseif to == "OFFLINE" then
  redis.call("ZADD", keys.deadlines, now, "presence|" .. counselor.id) -- lost, until the last session is gone
end
write_counselor(keys, counselor, reason, now)
return { "CHANGED", former, workload(counselor) }
