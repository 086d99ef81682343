-- put_right: puts a session where the database has it, whatever was here.
-- KEYS as in keys.lua
-- ARGV[1] session_id
-- ARGV[2] category
-- ARGV[3] place
-- ARGV[4] stage, GONE if it has ended
-- ARGV[5] counselor, 0 for none
-- ARGV[6] the wanted counselor, 0 for anybody
-- ARGV[7] how long an offer lasts, microseconds
-- returns {"PUT", 1 if it was elsewhere, else 0} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local now = now_us()
local stage, counselor_id, wanted = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local session = read_session(keys, ARGV[1])

local function is_right()
  if not session then
    return stage == "GONE"
  end
  return session.stage == stage and session.counselor == counselor_id and session.category == tonumber(ARGV[2])
end

local function is_about_to_be_settled()
  return session and session.stage == "LEASED" and stage == "LINE"
    and tonumber(redis.call("ZSCORE", keys.deadlines, "lease|" .. session.id)) > now
end

if is_right() or is_about_to_be_settled() then
  return { "PUT", 0 }
end
local offer_ends = now + tonumber(ARGV[7])
if session and stage ~= "LINE" and session.counselor == counselor_id and counselor_id > 0 then
  take_out(keys, session)
  put_with(keys, session, counselor_id, stage, offer_ends)
  return { "PUT", 1 }
end
if session then
  take_from_holder(keys, session, "put_right", now)
end
if stage == "GONE" then
  redis.call("HDEL", keys.sessions, ARGV[1])
  return { "PUT", 1 }
end

session = session or { id = tonumber(ARGV[1]), avoided = 0 }
session.lease = next_lease(keys)
session.category, session.place = tonumber(ARGV[2]), tonumber(ARGV[3])
session.wanted = wanted > 0 and can_be_wanted(read_counselor(keys, wanted), session.category) and wanted or 0
if stage == "LINE" then
  put_in_line(keys, session, now)
  return { "PUT", 1 }
end
local counselor = read_counselor(keys, counselor_id)
if not counselor then -- not at work, hence lost: the session will go to another
  counselor = new_counselor(counselor_id)
  redis.call("ZADD", keys.deadlines, now, "presence|" .. counselor_id)
end
give(keys, session, counselor, stage, offer_ends, "put_right", now)
return { "PUT", 1 }
