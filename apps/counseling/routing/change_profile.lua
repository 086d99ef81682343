-- change_profile: puts a counselor's new capacity and skills in force.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces (see keys.py)
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state
-- ARGV[1] counselor
-- ARGV[2] capacity
-- ARGV[3..] skills (categories)
-- returns {"CHANGED", workload (see routing.lua)} | {"NOT_READY"}
-- include apps/common/now.lua
-- include routing.lua

local keys = {
  routing = KEYS[1], counselors = KEYS[2], free = KEYS[3], line = KEYS[4], sessions = KEYS[5], deadlines = KEYS[6],
  changes = KEYS[7],
}
if not is_ready(keys) then
  return { "NOT_READY" }
end
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
