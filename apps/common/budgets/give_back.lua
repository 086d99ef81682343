-- give_back: puts one back into the budget of each spender: what it was spent for did not come about.
-- KEYS[1] budget:{NAME}  who has spent what (see budget.lua)
-- ARGV[1..] who spent and their budget, in turn
-- returns how many entries were changed
-- include apps/common/redis/now.lua
-- include budget.lua

local now = now()
local changed = 0
for _, row in ipairs(budget_rows(KEYS[1], ARGV, 1, now)) do
  if row.spent_until > now then
    redis.call("ZADD", KEYS[1], "XX", string.format("%.6f", row.spent_until - row.step), row.member)
    changed = changed + 1
  end
end
return changed
