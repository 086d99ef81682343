-- due: what is overdue, the oldest first; changes nothing.
-- KEYS as in keys.lua
-- ARGV[1] how much at most
-- returns {"DUE", {{session_id, counselor} of a lease, ...}, {the same of an offer, ...}, {counselor whose limit has passed, ...}, {counselor lost, ...}} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local found = { lease = {}, offer = {}, after_call = {}, presence = {} }
local members = redis.call("ZRANGEBYSCORE", keys.deadlines, "-inf", string.format("%.0f", now_us()),
  "LIMIT", 0, ARGV[1])
for _, member in ipairs(members) do
  local kind, id = string.match(member, "^([a-z_]+)|(%d+)$")
  local list = found[kind]
  if kind == "lease" or kind == "offer" then
    list[#list + 1] = { tonumber(id), read_session(keys, id).counselor }
  else
    list[#list + 1] = tonumber(id)
  end
end
return { "DUE", found.lease, found.offer, found.after_call, found.presence }
