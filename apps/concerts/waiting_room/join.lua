-- join: gives an account its one number in the line, or the same one again, and tells where it stands.
-- KEYS[1] line:{performance:ID}       settings and state of the line (see keys.py)
-- KEYS[2] numbers:{performance:ID}:B  number by account of bucket B
-- KEYS[3] seen:{performance:ID}       until when the owner of each number counts as present
-- KEYS[4] offers:{performance:ID}     numbers that are called, by the moment of their turn
-- KEYS[5] returners:{performance:ID}  numbers that missed their turn and came back
-- KEYS[6] passes:{performance:ID}     accounts inside, by the end of their pass
-- KEYS[7] entered:{performance:ID}    when those inside were let in
-- KEYS[8] record:{performance:ID}     what happened to numbers, for the database
-- KEYS[9] left:{performance:ID}       who has given up how many numbers lately (see budget.lua)
-- ARGV[1] user_id
-- ARGV[2] the number of a queue token, 0 for none
-- ARGV[3] when that token was signed, unix seconds
-- ARGV[4] the oldest token, in seconds, that is honoured after the line was lost
-- ARGV[5] 1 to come back to a number that the account had, and take no new one; else 0
-- ARGV[6..] who spends of the numbers that may be given up, and their budget, in turn
-- returns where somebody stands, packed (see visit.lua) | {"NOT_READY"} | {"NOT_ON_SALE"} | {"NOT_IN_LINE"}
-- returns | {"OVER_BUDGET", seconds until a new number may be taken}
-- include apps/common/redis/now.lua
-- include line.lua
-- include record.lua
-- include door.lua
-- include visit.lua
-- include apps/common/budgets/budget.lua

local keys = { line = KEYS[1], numbers = KEYS[2], seen = KEYS[3], offers = KEYS[4], returners = KEYS[5],
  passes = KEYS[6], entered = KEYS[7], record = KEYS[8] }
local user_id = tonumber(ARGV[1])
local token = { number = tonumber(ARGV[2]), signed_at = tonumber(ARGV[3]), oldest = tonumber(ARGV[4]) }

-- A number of a life of this line that Redis has forgotten, not yet used again in this one.
local function is_restorable(line)
  return token.number > 0 and token.number <= line.gap_to
    and line.created_at - token.signed_at <= token.oldest
    and read_cell(keys.seen, token.number) == 0
end

-- What was given out before a restored number was given out too: the gap begins behind it.
local function restore(line)
  if token.number > line.gap_from then
    line.gap_from = token.number
    redis.call("HSET", keys.line, "gap_from", token.number)
  end
  return token.number
end

local now = now()
local line = read_line(keys.line)
if not line then
  return { "NOT_READY" }
end
if now < line.joins_from then
  return { "NOT_ON_SALE" }
end
local known, status = visit(keys, line, user_id, now)
if known and status ~= "CLOSED" then
  return known
end
if door(line, now) == "CLOSED" then
  return { "NOT_ON_SALE" }
end
if ARGV[5] == "1" and not is_restorable(line) then
  return { "NOT_IN_LINE" }
end
local wait = is_restorable(line) and 0 or budget_wait(budget_rows(KEYS[9], ARGV, 6, now), now)
if wait > 0 then
  return { "OVER_BUDGET", wait }
end
give_number(keys, line, user_id, is_restorable(line) and restore(line) or next_number(keys, line))
return (visit(keys, line, user_id, now))
