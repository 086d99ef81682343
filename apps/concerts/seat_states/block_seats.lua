-- block_seats: keeps seats from being sold: all of them, or none where one is held or sold.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- ARGV[1] ordinals, packed
-- returns {"BLOCKED", version} | {"TAKEN", ordinal...} | {"NOT_READY"}
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

local ordinals = unpack_seats(ARGV[1])
local answer = { "TAKEN" }
for _, ordinal in ipairs(ordinals) do
  local expires_at = read_cell(keys, ordinal)
  if expires_at > now and expires_at ~= BLOCKED then
    answer[#answer + 1] = ordinal
  end
end
if #answer > 1 then
  return answer
end

local version = log_change(keys, ARGV[1])
write_cells(keys, ordinals, BLOCKED, version)
return { "BLOCKED", version }
