-- read_changes: the seats that changed since a version, as they are now, and the records of one user's orders.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- ARGV[1] since, a version
-- ARGV[2] user_id, 0 for nobody
-- ARGV[3] at most so many versions
-- returns {"CHANGES", version, layout, now, changed (ordinal, expires_at, version; packed), record...}
-- returns | {"RESET", version, layout}: it was more versions ago, or too long ago | {"NOT_READY"}
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

-- Every version has one entry: a part of the log is whole if it has as many entries as versions.
local since = tonumber(ARGV[1])
local log = {}
if since < sale.version and sale.version - since <= tonumber(ARGV[3]) then
  log = redis.call("XRANGE", keys.changes, string.format("%d-0", since + 1), "+")
end
if #log ~= sale.version - since then
  return { "RESET", sale.version, sale.layout }
end

local changed, seen = {}, {}
for _, entry in ipairs(log) do
  for _, ordinal in ipairs(unpack_seats(entry[2][2])) do
    if not seen[ordinal] then
      seen[ordinal] = true
      changed[#changed + 1] = struct.pack(">I4I4I4", ordinal, read_cell(keys, ordinal))
    end
  end
end

local answer = { "CHANGES", sale.version, sale.layout, now, table.concat(changed) }
for _, order_id in ipairs(orders_of(keys, tonumber(ARGV[2]))) do
  answer[#answer + 1] = redis.call("HGET", keys.orders, order_id)
end
return answer
