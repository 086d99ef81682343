-- team: counselors' records as they are packed, of those who are at work or still have sessions; changes nothing.
-- KEYS as in keys.lua
-- ARGV[1..] counselors; none for all
-- returns {"TEAM", {counselor, ...}, {packed record, ...}} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

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
