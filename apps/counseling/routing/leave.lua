-- leave: takes a session out of the line, not from a counselor.
-- KEYS as in keys.lua
-- ARGV[1] session_id
-- returns {"LEFT", 1 if it was in the line, else 0} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local session = read_session(keys, ARGV[1])
if not session or session.stage ~= "LINE" then
  return { "LEFT", 0 }
end
take_out(keys, session)
redis.call("HDEL", keys.sessions, session.id)
return { "LEFT", 1 }
