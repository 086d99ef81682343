-- enqueue: puts a session in its line, once; where it is already, it stays.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces (see keys.py)
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state
-- ARGV[1] session_id
-- ARGV[2] category
-- ARGV[3] place
-- ARGV[4] the wanted counselor, 0 for anybody
-- returns {"STANDING", {stage, position, seconds, counselor}} | {"NOT_READY"}
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
local category, wanted = tonumber(ARGV[2]), tonumber(ARGV[4])
if wanted > 0 and not can_be_wanted(read_counselor(keys, wanted), category) then
  wanted = 0
end
local session = read_session(keys, ARGV[1])
if not session then
  session = {
    id = tonumber(ARGV[1]), category = category, place = tonumber(ARGV[3]), wanted = wanted, avoided = 0, lease = 0,
  }
  put_in_line(keys, session, now)
end
return { "STANDING", standing(keys, session, now) }
