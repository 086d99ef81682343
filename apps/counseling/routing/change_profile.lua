-- change_profile: puts a counselor's new capacity and skills in force.
-- KEYS as in keys.lua
-- ARGV[1] counselor
-- ARGV[2] capacity
-- ARGV[3..] skills (categories)
-- returns {"CHANGED", workload (see routing.lua)} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local now = now_us()
local counselor = read_counselor(keys, ARGV[1])
if not is_at_work(counselor) then
  return { "CHANGED", workload(counselor) }
end
local skills = {}
for number = 3, #ARGV do
  skills[#skills + 1] = tonumber(ARGV[number])
end
for _, category in ipairs(counselor.skills) do
  if not has(skills, category) then
    drop_wishes(keys, counselor, category, now)
  end
end
counselor.capacity, counselor.skills = tonumber(ARGV[2]), skills
write_counselor(keys, counselor, "profile_changed", now)
return { "CHANGED", workload(counselor) }
