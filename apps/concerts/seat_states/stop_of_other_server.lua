-- stop_of_other_server: stops every change of seats that another server has written, until they are rebuilt.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- returns {"STOPPED"} | {"OURS"}: nothing has changed
-- include apps/common/redis/server.lua

if redis.call("HGET", KEYS[1], "server") == this_server() then
  return { "OURS" }
end
redis.call("HDEL", KEYS[1], "ready")
return { "STOPPED" }
