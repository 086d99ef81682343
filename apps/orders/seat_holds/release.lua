-- release: gives back an order's own hold, or forgets its draft; a sale stays.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- ARGV[1] order_id
-- ARGV[2] version of the hold that is meant, 0 for whichever the order has
-- returns {"RELEASED"} | {"NOTHING"} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include apps/concerts/seat_states/free_due.lua

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
local freed = is_holding(order) and free_own(keys, order, order.seats) or ""
forget_order(keys, order)
if freed ~= "" then
  log_change(keys, freed)
end
return { "RELEASED" }
