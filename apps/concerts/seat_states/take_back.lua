-- take_back: stops every change of the seats until they are rebuilt, unless somebody holds or has bought one.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- returns {"STOPPED"} | {"TAKEN"} | {"NOT_READY"}: there are none, and nothing has changed
-- include apps/common/redis/now.lua
-- include seats.lua

local keys = {
  sale = KEYS[1], cells = KEYS[2], orders = KEYS[3], expiries = KEYS[4], buyers = KEYS[5], changes = KEYS[6],
}
if not read_sale(keys) then
  return { "NOT_READY" }
end
local now = math.floor(now())
local cells = redis.call("GET", keys.cells) or ""
for position = 1, #cells, 8 do
  local expires_at = struct.unpack(">I4", cells, position)
  if expires_at > now and expires_at ~= BLOCKED then
    return { "TAKEN" }
  end
end
redis.call("HDEL", keys.sale, "ready")
return { "STOPPED" }
