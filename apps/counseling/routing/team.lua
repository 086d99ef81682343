-- team: counselors' records as they are packed, of those who are at work or still have sessions; changes nothing.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces (see keys.py)
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state
-- ARGV[1..] counselors; none for all
-- returns {"TEAM", {counselor, ...}, {packed record, ...}} | {"NOT_READY"}
-- include apps/common/now.lua
-- include routing.lua

local keys = {
  routing = KEYS[1], counselors = KEYS[2], free = KEYS[3], line = KEYS[4], sessions = KEYS[5], deadlines = KEYS[6],
  changes = KEYS[7],
}
if not is_ready(keys) then
  return { "NOT_READY" }
end
local ids, records = {}, {}
if #ARGV == 0 then
  local all = redis.call("HGETALL", keys.counselors)
  for number = 1, #all, 2 do
    ids[#ids + 1] = tonumber(all[number])
    records[#records + 1] = all[number + 1]
  end
  return { "TEAM", ids, records }
end
for _, id in ipairs(ARGV) do
  local record = redis.call("HGET", keys.counselors, id)
  if record then
    ids[#ids + 1] = tonumber(id)
    records[#records + 1] = record
  end
end
return { "TEAM", ids, records }
