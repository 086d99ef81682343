-- match: pairs heads of the lines with the fittest counselors: the earliest place first, each once.
-- KEYS as in keys.lua
-- ARGV[1] how many pairs at most
-- ARGV[2] how long a lease lasts, microseconds
-- ARGV[3..] categories
-- returns {"MATCHES", {{session_id, counselor, lease}, ...}} | {"NOT_READY"}
-- include guard.lua
-- include routing.lua

local now = now_us()
local limit, lease_until = tonumber(ARGV[1]), now + tonumber(ARGV[2])

-- Who is free with the skill: the least share of capacity taken, then the longest idle; if there is another one,
-- not the one who has just given this session back.
local function fittest(category, avoided)
  local prefix = string.format("%08d|", category)
  local members = redis.call("ZRANGEBYLEX", keys.free, "[" .. prefix, "(" .. prefix .. AFTER_ALL,
    "LIMIT", 0, avoided > 0 and 2 or 1)
  for _, member in ipairs(members) do
    local id = tonumber(string.sub(member, -12))
    if id ~= avoided or #members == 1 then
      return id
    end
  end
end

-- The first of every lane of a category: those for anybody, then one lane for each wanted counselor.
local function add_heads(category, heads)
  local ends = "(" .. string.format("%08d|", category) .. AFTER_ALL
  local from = "[" .. lane(category, 0)
  while true do
    local member = redis.call("ZRANGEBYLEX", keys.line, from, ends, "LIMIT", 0, 1)[1]
    if not member then
      return
    end
    local head = parse_line_member(member)
    heads[#heads + 1] = head
    from = "[" .. lane(category, head.wanted) .. AFTER_ALL
  end
end

local function earliest(heads)
  local first = 1
  for number = 2, #heads do
    if heads[number].turn < heads[first].turn then
      first = number
    end
  end
  return first
end

-- Who is to have this head now, or nil.
local function counselor_for(head, session)
  if head.wanted == 0 then
    local id = fittest(head.category, session.avoided)
    return id and read_counselor(keys, id)
  end
  local wanted = read_counselor(keys, head.wanted)
  return wanted and STATES[wanted.state].takes_conversations and wanted or nil
end

local heads = {}
for number = 3, #ARGV do
  local category = tonumber(ARGV[number])
  if fittest(category, 0) then
    add_heads(category, heads)
  end
end

local matches, matched = {}, {}
while #heads > 0 and #matches < limit do
  local number = earliest(heads)
  local head = heads[number]
  local session = read_session(keys, head.id)
  local counselor = counselor_for(head, session)
  local next_head = nil
  if counselor then
    redis.call("ZREM", keys.line, head.member)
    session.lease = next_lease(keys)
    give(keys, session, counselor, "LEASED", lease_until, "matched", now)
    matches[#matches + 1] = { session.id, counselor.id, session.lease }
    matched[head.category] = (matched[head.category] or 0) + 1
    next_head = head_of(keys, lane(head.category, head.wanted))
  end
  if next_head then
    heads[number] = next_head
  else
    table.remove(heads, number)
  end
end
for category, count in pairs(matched) do
  note_matches(keys, category, count, now)
end
return { "MATCHES", matches }
