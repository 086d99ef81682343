-- read_version: the state's version, and the records of one user's orders.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- ARGV[1] user_id, 0 for nobody
-- returns {"VERSION", version, layout, record...} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include free_due.lua

local keys = {
  sale = KEYS[1], cells = KEYS[2], orders = KEYS[3], expiries = KEYS[4], buyers = KEYS[5], changes = KEYS[6],
}
local sale = read_sale(keys)
if not sale then
  return { "NOT_READY" }
end
local now = math.floor(now())
free_due(keys, sale, now)

local answer = { "VERSION", sale.version, sale.layout }
for _, order_id in ipairs(orders_of(keys, tonumber(ARGV[1]))) do
  answer[#answer + 1] = redis.call("HGET", keys.orders, order_id)
end
return answer
