-- force_assign: leases a session to a named counselor, from wherever it is.
-- KEYS as in keys.lua
-- ARGV[1] session_id
-- ARGV[2] counselor
-- ARGV[3] category
-- ARGV[4] place
-- ARGV[5] 1 if a supervisor takes over, who needs no skill, only a place of somebody at work
-- ARGV[6] how long the lease lasts, microseconds
-- returns {"LEASED", lease, the counselor who had it or 0} | {"NO_PLACE"} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local now = now_us()
local counselor_id, category = tonumber(ARGV[2]), tonumber(ARGV[3])
local by_supervisor = ARGV[5] == "1"

local function has_place(counselor)
  if by_supervisor then
    return is_at_work(counselor) and #counselor.sessions < counselor.capacity
  end
  return counselor ~= nil and STATES[counselor.state].takes_conversations and has(counselor.skills, category)
end

local session = read_session(keys, ARGV[1]) or { id = tonumber(ARGV[1]), avoided = 0, stage = "NEW", counselor = 0 }
local counselor = read_counselor(keys, counselor_id)
local former = session.counselor
if former == counselor_id and session.stage ~= "TALKING" then
  -- It is offered or leased to this one already: under a new lease, in the same place.
  take_out(keys, session)
elseif former == counselor_id or not has_place(counselor) then
  return { "NO_PLACE" }
else
  take_from_holder(keys, session, "assigned_elsewhere", now)
end
session.category, session.place, session.wanted = category, tonumber(ARGV[4]), 0
session.lease = next_lease(keys)
if former == counselor_id then
  put_with(keys, session, counselor_id, "LEASED", now + tonumber(ARGV[6]))
else
  give(keys, session, counselor, "LEASED", now + tonumber(ARGV[6]), "assigned", now)
end
return { "LEASED", session.lease, former }
