-- extend: lengthens an order's own hold to what its row says; takes the seats again where it was lost and all are free.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- KEYS[7] line:{performance:ID}      the waiting room's settings
-- KEYS[8] passes:{performance:ID}    when each access pass ends
-- KEYS[9] entered:{performance:ID}   when each pass was given
-- ARGV[1] order_id
-- ARGV[2] until when, unix seconds
-- ARGV[3] user_id, 0 if nothing is to be taken again
-- ARGV[4] ordinals, packed; empty if nothing is to be taken again
-- ARGV[5] 1 if the order waits for a deposit from now on: such a hold keeps no pass alive; else 0
-- returns {"EXTENDED", version, expires_at} | {"RETAKEN", version, expires_at} | {"LOST"} | {"TAKEN", ordinal...}
-- returns | {"SOLD"} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include apps/concerts/seat_states/free_due.lua
-- include apps/concerts/seat_states/availability.lua
-- include apps/concerts/waiting_room/pass_check.lua

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
local expires_at, waits = tonumber(ARGV[2]), ARGV[5] == "1"
if order and order.state == "S" then
  return { "SOLD" }
end
if order and owns_all(keys, order) then
  order.expires_at = math.max(order.expires_at, expires_at)
  order.state = waits and "D" or order.state
  write_cells(keys, unpack_seats(order.seats), order.expires_at, order.version)
  write_order(keys, order)
  if order.state == "H" and has_pass(KEYS[7], KEYS[8], order.user_id, now) == "PASS" then
    prolong_pass(KEYS[7], KEYS[8], KEYS[9], order.user_id, now, order.expires_at)
  end
  return { "EXTENDED", order.version, order.expires_at }
end
if ARGV[4] == "" then
  return { "LOST" }
end

local own = order and is_holding(order) and order.version or nil
local taken = taken_of(keys, unpack_seats(ARGV[4]), now, own)
if #taken > 0 then
  return { "TAKEN", unpack(taken) }
end
local version = hold(keys, { id = ARGV[1], user_id = tonumber(ARGV[3]), seats = ARGV[4] }, expires_at, waits and "D" or "H")
return { "RETAKEN", version, expires_at }
