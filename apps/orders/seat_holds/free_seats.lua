-- free_seats: puts seats of a sold order on sale again, where they still are that order's.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- ARGV[1] order_id
-- ARGV[2] ordinals, packed
-- returns {"FREED", how many} | {"NOTHING"} | {"NOT_READY"}
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
if not order or order.state ~= "S" then
  return { "NOTHING" }
end

local leaving = {}
for _, ordinal in ipairs(unpack_seats(ARGV[2])) do
  leaving[ordinal] = true
end
local going, staying = {}, {}
for position = 1, #order.seats, 4 do
  local seat = string.sub(order.seats, position, position + 3)
  local list = leaving[struct.unpack(">I4", seat)] and going or staying
  list[#list + 1] = seat
end

local freed = free_own(keys, order, table.concat(going))
order.seats = table.concat(staying)
if order.seats == "" then
  forget_order(keys, order)
else
  write_order(keys, order)
end
if freed == "" then
  return { "NOTHING" }
end
log_change(keys, freed)
return { "FREED", #freed / 4 }
