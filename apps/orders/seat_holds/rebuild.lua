-- rebuild: writes the whole state as the database knows it, unless it is there.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- ARGV[1] the lowest version to go on from
-- ARGV[2] layout, the catalogue's version
-- ARGV[3] opens_at, unix seconds
-- ARGV[4] closes_at, unix seconds
-- ARGV[5] limit of seats a person
-- ARGV[6] keys_expire_at, unix seconds; a performance that is over is kept for a day
-- ARGV[7] how many seconds a hold lasts
-- ARGV[8] cells, packed; those of holds are filled in here
-- ARGV[9..] order_id and its record, in turn
-- returns {"REBUILT", version} | {"READY"}: it was there, and nothing has changed
-- include apps/common/redis/now.lua
-- include apps/common/redis/server.lua
-- include apps/concerts/seat_states/seats.lua

local keys = {
  sale = KEYS[1], cells = KEYS[2], orders = KEYS[3], expiries = KEYS[4], buyers = KEYS[5], changes = KEYS[6],
}

local DAY = 86400

if read_sale(keys) then
  return { "READY" }
end
local now = math.floor(now())
local version = math.max(now, tonumber(ARGV[1]), 1 + tonumber(redis.call("HGET", keys.sale, "version") or 0))
redis.call("DEL", keys.orders, keys.expiries, keys.buyers, keys.changes)
redis.call("SET", keys.cells, ARGV[8])
redis.call("HSET", keys.sale, "keys_expire_at", math.max(tonumber(ARGV[6]), now + DAY))

for at = 9, #ARGV, 2 do
  local order = unpack_order(ARGV[at], ARGV[at + 1])
  -- A hold that is over but in the snapshot belongs to a payment on its way.
  if is_holding(order) and order.expires_at <= now then
    order.expires_at = now + tonumber(ARGV[7])
  end
  if order.state ~= "P" then
    write_cells(keys, unpack_seats(order.seats), order.state == "S" and SOLD or order.expires_at, order.version)
  end
  write_order(keys, order)
end

redis.call("HSET", keys.sale, "ready", 1, "server", this_server(), "version", version, "layout", ARGV[2],
  "opens_at", ARGV[3], "closes_at", ARGV[4], "limit", ARGV[5])
redis.call("XADD", keys.changes, "MAXLEN", 0, string.format("%d-0", version), "o", "") -- empty, yet there
expire_keys(keys, redis.call("HGET", keys.sale, "keys_expire_at"))
return { "REBUILT", version }
