-- register_draft: makes an order known that holds nothing yet; the buyer's oldest drafts give way to it.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- ARGV[1] order_id
-- ARGV[2] user_id
-- ARGV[3] expires_at, unix seconds
-- ARGV[4] how many drafts a buyer may have at once
-- ARGV[5] ordinals, packed
-- returns {"REGISTERED"} | {"KNOWN", state} | {"NOT_READY"}
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

local known = read_order(keys, ARGV[1])
if known then
  return { "KNOWN", known.state }
end

local user_id = tonumber(ARGV[2])
local _, drafts = count_of(keys, user_id, now)
for _, order_id in ipairs(orders_of(keys, user_id)) do
  if drafts < tonumber(ARGV[4]) then
    break
  end
  local order = read_order(keys, order_id)
  if order.state == "P" then
    forget_order(keys, order)
    drafts = drafts - 1
  end
end
write_order(keys, {
  id = ARGV[1], state = "P", user_id = user_id, version = 0, expires_at = tonumber(ARGV[3]), seats = ARGV[5],
})
return { "REGISTERED" }
