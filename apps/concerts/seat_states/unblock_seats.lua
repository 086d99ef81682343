-- unblock_seats: puts blocked seats on sale again; others stay as they are.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- ARGV[1] ordinals, packed
-- returns {"UNBLOCKED", version} | {"NOT_READY"}
-- include seats.lua

local keys = {
  sale = KEYS[1], cells = KEYS[2], orders = KEYS[3], expiries = KEYS[4], buyers = KEYS[5], changes = KEYS[6],
}
local sale = read_sale(keys)
if not sale then
  return { "NOT_READY" }
end

for _, ordinal in ipairs(unpack_seats(ARGV[1])) do
  if read_cell(keys, ordinal) == BLOCKED then
    redis.call("SETRANGE", keys.cells, ordinal * 8, FREE)
  end
end
return { "UNBLOCKED", log_change(keys, ARGV[1]) }
