-- free_due: ends the drafts and holds whose time is over, so that no answer depends on a sweep.
-- include seats.lua

local DUE_AT_ONCE = 100

local function free_due(keys, sale, now)
  local due = redis.call("ZRANGEBYSCORE", keys.expiries, "-inf", now, "LIMIT", 0, DUE_AT_ONCE)
  local freed = {}
  for _, order_id in ipairs(due) do
    local order = read_order(keys, order_id)
    if is_holding(order) then
      freed[#freed + 1] = free_own(keys, order, order.seats)
    end
    forget_order(keys, order)
  end
  local seats = table.concat(freed)
  if seats ~= "" then
    sale.version = log_change(keys, seats)
  end
end
