-- give_back: puts one back into the budget of each spender: what it was spent for did not come about.
-- KEYS[1] budget:{NAME}  who has spent what (see budget.lua)
-- ARGV[1..] who spent and their budget, in turn
-- returns how many entries were changed
-- include apps/common/redis/now.lua
-- include budget.lua

local now = now()
return budget_return(KEYS[1], budget_rows(KEYS[1], ARGV, 1, now), now)
