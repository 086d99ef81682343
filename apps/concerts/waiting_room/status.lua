-- status: counts people in the line as present, claims their turns if they have come, and tells where each stands.
-- KEYS[1] line:{performance:ID}        settings and state of the line (see keys.py)
-- KEYS[2] seen:{performance:ID}        until when the owner of each number counts as present
-- KEYS[3] offers:{performance:ID}      numbers that are called, by the moment of their turn
-- KEYS[4] returners:{performance:ID}   numbers that missed their turn and came back
-- KEYS[5] passes:{performance:ID}      accounts inside, by the end of their pass
-- KEYS[6] entered:{performance:ID}     when those inside were let in
-- KEYS[7] record:{performance:ID}      what happened to numbers, for the database
-- KEYS[8..] numbers:{performance:ID}:B  number by account of bucket B, for each of ARGV
-- ARGV[1..] user_id
-- returns {"NOT_READY"} | for each account where it stands, packed (see visit.lua) | {"NOT_IN_LINE"}
-- include apps/common/now.lua
-- include line.lua
-- include record.lua
-- include door.lua
-- include visit.lua

local keys = { line = KEYS[1], seen = KEYS[2], offers = KEYS[3], returners = KEYS[4], passes = KEYS[5],
  entered = KEYS[6], record = KEYS[7] }

local now = now()
local line = read_line(keys.line)
if not line then
  return { "NOT_READY" }
end
local is_closed = door(line, now) == "CLOSED"
local answers = {}
for index, user_id in ipairs(ARGV) do
  keys.numbers = KEYS[7 + index]
  local known = visit(keys, line, tonumber(user_id), now)
  if not known and is_closed then
    known = answer(line, now, "CLOSED", nil, 0, 0, nil, LONGEST_POLL, nil)
  end
  answers[index] = known or { "NOT_IN_LINE" }
end
return answers
