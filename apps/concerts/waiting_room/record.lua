-- record: what happened to numbers, for the database: see record.py. A fragment; needs line.lua.

local MOST_RECORDED = 200000 -- kept while no worker takes them away: some 10 MB

local function record(record_key, kind, number, user_id, at)
  redis.call("XADD", record_key, "MAXLEN", "~", MOST_RECORDED, "*", kind, number .. " " .. user_id .. " " .. exactly(at))
end
