-- leave: gives up place and pass; the slot is free for the next in line, and the number is counted as used up.
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
-- ARGV[2..] who spends of the numbers that may be given up, and their budget, in turn
-- returns {"LEFT"} | {"NOT_IN_LINE"} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include line.lua
-- include record.lua
-- include pass_check.lua
-- include apps/common/budgets/budget.lua

if redis.call("HEXISTS", KEYS[1], "ready") == 0 then
  return { "NOT_READY" }
end
local user_id = tonumber(ARGV[1])
local number = tonumber(redis.call("HGET", KEYS[2], user_id % 100))
local is_waiting = number and read_cell(KEYS[3], number) ~= GONE
local had_pass = end_pass(KEYS[6], KEYS[7], user_id)
if number then
  redis.call("HDEL", KEYS[2], user_id % 100)
  redis.call("ZREM", KEYS[4], number)
  redis.call("ZREM", KEYS[5], number)
  write_cell(KEYS[3], number, GONE)
  local now = now()
  budget_take(KEYS[9], budget_rows(KEYS[9], ARGV, 2, now), now)
  if is_waiting then
    record(KEYS[8], "L", number, user_id, now)
  end
end
return { (number or had_pass) and "LEFT" or "NOT_IN_LINE" }
