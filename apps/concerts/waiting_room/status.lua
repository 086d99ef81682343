-- status: counts somebody in the line as present, claims their turn if it has come, and tells where they stand.
-- KEYS[1] line:{performance:ID}       settings and state of the line (see keys.py)
-- KEYS[2] numbers:{performance:ID}:B  number by account of bucket B
-- KEYS[3] seen:{performance:ID}       until when the owner of each number counts as present
-- KEYS[4] offers:{performance:ID}     numbers that are called, by the moment of their turn
-- KEYS[5] returners:{performance:ID}  numbers that missed their turn and came back
-- KEYS[6] passes:{performance:ID}     accounts inside, by the end of their pass
-- KEYS[7] entered:{performance:ID}    when those inside were let in
-- KEYS[8] record:{performance:ID}     what happened to numbers, for the database
-- ARGV[1] user_id
-- returns where somebody stands, packed (see visit.lua) | {"NOT_READY"} | {"NOT_IN_LINE"}
-- include apps/common/redis/now.lua
-- include line.lua
-- include record.lua
-- include door.lua
-- include visit.lua

local keys = { line = KEYS[1], numbers = KEYS[2], seen = KEYS[3], offers = KEYS[4], returners = KEYS[5],
  passes = KEYS[6], entered = KEYS[7], record = KEYS[8] }

local now = now()
local line = read_line(keys.line)
if not line then
  return { "NOT_READY" }
end
local known = visit(keys, line, tonumber(ARGV[1]), now)
if known then
  return known
end
if door(line, now) == "CLOSED" then
  return (answer(line, now, "CLOSED", nil, 0, 0, nil, LONGEST_POLL, nil))
end
return { "NOT_IN_LINE" }
