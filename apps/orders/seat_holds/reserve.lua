-- reserve: holds every seat of an order for its buyer, or none.
-- KEYS[1] sale:{performance:ID}      the sale's settings, and the state's version
-- KEYS[2] cells:{performance:ID}     packed cells
-- KEYS[3] orders:{performance:ID}    packed records
-- KEYS[4] expiries:{performance:ID}  when drafts and holds end
-- KEYS[5] buyers:{performance:ID}    each buyer's orders
-- KEYS[6] changes:{performance:ID}   the change log
-- KEYS[7] line:{performance:ID}      the waiting room's settings
-- KEYS[8] passes:{performance:ID}    when each access pass ends
-- KEYS[9] entered:{performance:ID}   when each pass was given
-- KEYS[10] taken:{performance:ID}    who has taken how many holds lately (see budget.lua)
-- ARGV[1] order_id
-- ARGV[2] user_id
-- ARGV[3] how many seconds a hold lasts
-- ARGV[4..] who spends of the holds that may be taken, and their budget, in turn
-- returns {"HELD", version, expires_at, id of the buyer's pass} | {"ALREADY", version, expires_at, the same}
-- returns | {"TAKEN", ordinal...}
-- returns | {"LIMIT", limit, seats already held or bought} | {"UNKNOWN"} | {"FOREIGN"} | {"EXPIRED"} | {"SOLD"}
-- returns | {"OVER_BUDGET", seconds until one may be taken}
-- returns | {"NOT_ON_SALE"} | {"NO_PASS"} | {"CLOSED"} | {"LINE_NOT_READY"} | {"NOT_READY"}
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

local user_id = tonumber(ARGV[2])
local access = has_pass(KEYS[7], KEYS[8], ARGV[2], now)
if access ~= "PASS" then
  return { access == "NOT_READY" and "LINE_NOT_READY" or access }
end

local order = read_order(keys, ARGV[1])
if not order then
  return { "UNKNOWN" }
elseif order.user_id ~= user_id then
  return { "FOREIGN" }
elseif order.state == "S" then
  return { "SOLD" }
elseif order.expires_at <= now then
  return { "EXPIRED" }
elseif is_holding(order) then
  return { "ALREADY", order.version, order.expires_at, pass_id(redis.call("HGET", KEYS[9], ARGV[2])) }
elseif not is_on_sale(sale, now) then
  return { "NOT_ON_SALE" }
end

local ordinals = unpack_seats(order.seats)
local taken = taken_of(keys, ordinals, now)
if #taken > 0 then
  return { "TAKEN", unpack(taken) }
end
local seats = count_of(keys, user_id, now)
if seats + #ordinals > sale.limit then
  return { "LIMIT", sale.limit, seats }
end
local wait = budget_spend(KEYS[10], ARGV, 4, now)
if wait > 0 then
  return { "OVER_BUDGET", wait }
end

local expires_at = now + tonumber(ARGV[3])
local version = hold(keys, order, expires_at, "H")
return { "HELD", version, expires_at, prolong_pass(KEYS[7], KEYS[8], KEYS[9], ARGV[2], now, expires_at) }
