-- present: counts those as present whom a process has told where they stand without asking (see kept_positions.py).
-- KEYS[1] line:{performance:ID}         settings and state of the line (see keys.py)
-- KEYS[2] seen:{performance:ID}         until when the owner of each number counts as present
-- KEYS[3] passes:{performance:ID}       accounts inside, by the end of their pass
-- KEYS[4..] numbers:{performance:ID}:B  of each of them, number by account of their bucket
-- ARGV[1] of each of them user_id, number, and when their presence ends: I8 I4 I4, most significant byte first
-- returns {"COUNTED", which of them are told by `status` from now on: 1 for the first...} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include line.lua

local KEYS_BEFORE, SIZE = 3, 16 -- keys before those of each; bytes of each

local line = read_line(KEYS[1])
if not line then
  return { "NOT_READY" }
end
local now, people, user_ids = now(), {}, {}
for index = 1, #KEYS - KEYS_BEFORE do
  local user_id, number, ends = struct.unpack(">I8I4I4", ARGV[1], SIZE * (index - 1) + 1)
  people[index] = { user_id = user_id, number = number, ends = ends, bucket_key = KEYS[KEYS_BEFORE + index] }
  user_ids[index] = string.format("%d", user_id)
end

-- Whether somebody still waits under that number, and it has not been served.
local function waits(one, pass_end)
  local number = tonumber(redis.call("HGET", one.bucket_key, one.user_id % 100))
  return number == one.number and number > line.cursor and pass_end >= 0 and pass_end <= now
end

local pass_ends = redis.call("ZMSCORE", KEYS[3], unpack(user_ids))
local to_ask = {}
for index, one in ipairs(people) do
  local cell = waits(one, tonumber(pass_ends[index] or 0)) and read_cell(KEYS[2], one.number) or GONE
  if cell == GONE then
    to_ask[#to_ask + 1] = index
  elseif cell < one.ends then
    write_cell(KEYS[2], one.number, one.ends)
  end
end
return { "COUNTED", unpack(to_ask) }
