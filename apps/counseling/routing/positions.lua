-- positions: where sessions stand; changes nothing.
-- KEYS as in keys.lua
-- ARGV[1..] session ids
-- returns {"POSITIONS", {{stage, position, seconds, counselor} or nothing for an unknown one, ...}} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local now = now_us()
local answers = {}
for number, id in ipairs(ARGV) do
  local session = read_session(keys, id)
  answers[number] = session and position_of(keys, session, now) or {}
end
return { "POSITIONS", answers }
