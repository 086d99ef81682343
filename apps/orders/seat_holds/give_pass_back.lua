-- give_pass_back: ends one pass of a buyer, so that its slot goes to the next in line; not while seats are held to be paid.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- KEYS[7] passes:{performance:ID}    when each access pass ends
-- KEYS[8] entered:{performance:ID}   when each pass was given
-- ARGV[1] user_id
-- ARGV[2] the pass that is meant, by its id (see pass_check.lua)
-- returns {"RELEASED"} | {"NO_PASS"}: it has ended, whether or not another was given since | {"HOLDS"} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include apps/concerts/seat_states/free_due.lua
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

for _, order_id in ipairs(orders_of(keys, tonumber(ARGV[1]))) do
  local order = read_order(keys, order_id)
  if order.state == "H" and order.expires_at > now then
    return { "HOLDS" }
  end
end
return { end_pass(KEYS[7], KEYS[8], ARGV[1], ARGV[2]) and "RELEASED" or "NO_PASS" }
