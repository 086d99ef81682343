-- enqueue: puts a session in its line, once; where it is already, it stays.
-- KEYS as in keys.lua
-- ARGV[1] session_id
-- ARGV[2] category
-- ARGV[3] place
-- ARGV[4] the wanted counselor, 0 for anybody
-- returns {"POSITION", {stage, position, seconds, counselor}} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

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
return { "POSITION", position_of(keys, session, now) }
