-- spend: takes one from the budget of each spender, where all of them have one left.
-- KEYS[1] budget:{NAME}  who has spent what (see budget.lua)
-- ARGV[1..] who spends and their budget, in turn
-- returns 0 | the whole seconds until there is one left; nothing was taken
-- include apps/common/redis/now.lua
-- include budget.lua

return budget_spend(KEYS[1], ARGV, 1, now())
