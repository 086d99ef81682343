-- due: what is overdue, the oldest first; changes nothing.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces (see keys.py)
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state
-- ARGV[1] how much at most
-- returns {"DUE", {{session_id, counselor} of a lease, ...}, {the same of an offer, ...}, {counselor in AFTER_CALL, ...}, {counselor lost, ...}} | {"NOT_READY"}
-- include apps/common/now.lua
-- include routing.lua

local keys = {
  routing = KEYS[1], counselors = KEYS[2], free = KEYS[3], line = KEYS[4], sessions = KEYS[5], deadlines = KEYS[6],
  changes = KEYS[7],
}
if not is_ready(keys) then
  return { "NOT_READY" }
end
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
