-- release: gives back an order's own hold, or forgets its draft; a sale stays.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- KEYS[7] taken:{performance:ID}     who has held seats for how long lately (see budget.lua)
-- ARGV[1] order_id
-- ARGV[2] version of the hold that is meant, 0 for whichever the order has
-- ARGV[3] the budget of seconds that an account may hold seats for; empty: no limit
-- ARGV[4] how many seconds a hold lasts: as many were spent when it was taken
-- returns {"RELEASED"} | {"NOTHING"} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include apps/concerts/seat_states/free_due.lua
-- include apps/common/budgets/budget.lua

local keys = {
  sale = KEYS[1], cells = KEYS[2], orders = KEYS[3], expiries = KEYS[4], buyers = KEYS[5], changes = KEYS[6],
}
local sale = read_sale(keys)
if not sale then
  return { "NOT_READY" }
end
local now = math.floor(now())
free_due(keys, sale, now)

local order = read_order(keys, ARGV[1])
local meant = tonumber(ARGV[2])
if not order or order.state == "S" or (meant ~= 0 and meant ~= order.version) then
  return { "NOTHING" }
end
-- Who lets go of seats early spends no more than the time for which they were held.
local left = math.min(order.expires_at - now, tonumber(ARGV[4]))
if order.state == "H" and left > 0 and ARGV[3] ~= "" then
  local budget = string.gsub(ARGV[3], "%S+", function(tier) return tier .. "*" .. left end)
  local rows = budget_rows(KEYS[7], { string.format("h:%d", order.user_id), budget }, 1, now)
  budget_return(KEYS[7], rows, now)
end
local freed = is_holding(order) and free_own(keys, order, order.seats) or ""
forget_order(keys, order)
if freed ~= "" then
  log_change(keys, freed)
end
return { "RELEASED" }
