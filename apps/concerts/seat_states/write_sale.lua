-- write_sale: changes the sale's settings; watchers of another layout start anew.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- ARGV[1] layout, the catalogue's version
-- ARGV[2] opens_at, unix seconds
-- ARGV[3] closes_at, unix seconds
-- ARGV[4] limit of seats a person
-- ARGV[5] keys_expire_at, unix seconds
-- returns {"WRITTEN", version} | {"NOT_READY"}
-- include seats.lua

local keys = {
  sale = KEYS[1], cells = KEYS[2], orders = KEYS[3], expiries = KEYS[4], buyers = KEYS[5], changes = KEYS[6],
}
local sale = read_sale(keys)
if not sale then
  return { "NOT_READY" }
end

redis.call("HSET", keys.sale, "layout", ARGV[1], "opens_at", ARGV[2], "closes_at", ARGV[3], "limit", ARGV[4])
expire_keys(keys, ARGV[5])
if sale.layout == tonumber(ARGV[1]) then
  return { "WRITTEN", sale.version }
end
redis.call("XTRIM", keys.changes, "MAXLEN", 0)
return { "WRITTEN", redis.call("HINCRBY", keys.sale, "version", 1) }
