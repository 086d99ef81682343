-- mark_sold: makes an order's seats sold, as the database has decided; twice does no harm.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- ARGV[1] order_id
-- ARGV[2] user_id, 0 if it is to be known from the hold
-- ARGV[3] ordinals, packed; empty if they are to be known from the hold
-- returns {"SOLD"} | {"UNKNOWN"}: there is no such hold to tell the seats | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include apps/concerts/seat_states/free_due.lua
-- include apps/concerts/seat_states/availability.lua

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
if order and order.state == "S" then
  return { "SOLD" }
end
local is_holder = order and owns_all(keys, order)
if not is_holder and ARGV[3] == "" then
  return { "UNKNOWN" }
end

if not is_holder then
  order = { id = ARGV[1], user_id = tonumber(ARGV[2]), seats = ARGV[3] }
end
local version = log_change(keys, order.seats)
order.version = is_holder and order.version or version
order.state, order.expires_at = "S", 0
write_cells(keys, unpack_seats(order.seats), SOLD, order.version)
write_order(keys, order)
return { "SOLD" }
