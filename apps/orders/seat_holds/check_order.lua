-- check_order: whether seats could be ordered now; changes no seat, and counts the order that may be placed.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- KEYS[7] line:{performance:ID}      the waiting room's settings
-- KEYS[8] passes:{performance:ID}    when each access pass ends
-- KEYS[9] placed:{performance:ID}    who has placed how many orders lately (see budget.lua)
-- ARGV[1] user_id
-- ARGV[2] the version of the layout that the ordinals are of
-- ARGV[3] how many drafts a buyer may have at once
-- ARGV[4] ordinals, packed
-- ARGV[5..] who spends of the orders that may be placed, and their budget, in turn
-- returns {"FREE"} | {"NO_PASS"} | {"CLOSED"} | {"LINE_NOT_READY"} | {"NOT_READY"} | {"NOT_ON_SALE"} | {"LAYOUT", the newer version}
-- returns | {"LIMIT", limit, seats already held or bought} | {"DRAFTS", count} | {"TAKEN", ordinal...}
-- returns | {"OVER_BUDGET", seconds until one may be placed}
-- include apps/common/redis/now.lua
-- include apps/concerts/seat_states/free_due.lua
-- include apps/concerts/seat_states/availability.lua
-- include apps/concerts/waiting_room/pass_check.lua
-- include apps/common/budgets/budget.lua

local keys = {
  sale = KEYS[1], cells = KEYS[2], orders = KEYS[3], expiries = KEYS[4], buyers = KEYS[5], changes = KEYS[6],
}
local sale = read_sale(keys)
if not sale then
  return { "NOT_READY" }
end
local now = math.floor(now())
free_due(keys, sale, now)

if not is_on_sale(sale, now) then
  return { "NOT_ON_SALE" }
end
local access = has_pass(KEYS[7], KEYS[8], ARGV[1], now)
if access ~= "PASS" then
  return { access == "NOT_READY" and "LINE_NOT_READY" or access }
end
if sale.layout > tonumber(ARGV[2]) then
  return { "LAYOUT", sale.layout }
end

local ordinals = unpack_seats(ARGV[4])
local taken = taken_of(keys, ordinals, now)
if #taken > 0 then
  return { "TAKEN", unpack(taken) }
end
local seats, drafts = count_of(keys, tonumber(ARGV[1]), now)
if seats + #ordinals > sale.limit then
  return { "LIMIT", sale.limit, seats }
end
if drafts >= tonumber(ARGV[3]) then
  return { "DRAFTS", drafts }
end
local wait = budget_spend(KEYS[9], ARGV, 5, now)
if wait > 0 then
  return { "OVER_BUDGET", wait }
end
return { "FREE" }
