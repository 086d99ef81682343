-- availability: who has what, for the scripts that grant seats.
-- include seats.lua

-- Whether an order still is the holder of all its seats.
local function owns_all(keys, order)
  for _, ordinal in ipairs(unpack_seats(order.seats)) do
    local expires_at, version = read_cell(keys, ordinal)
    if version ~= order.version or expires_at >= BLOCKED then
      return false
    end
  end
  return is_holding(order)
end

-- The ordinals that cannot be had now; those of the hold `own`, a version, can.
local function taken_of(keys, ordinals, now, own)
  local taken = {}
  for _, ordinal in ipairs(ordinals) do
    local expires_at, version = read_cell(keys, ordinal)
    if expires_at > now and (expires_at >= BLOCKED or version ~= own) then
      taken[#taken + 1] = ordinal
    end
  end
  return taken
end

-- How many seats a user holds or has bought, and how many drafts wait beside them.
local function count_of(keys, user_id, now)
  local ids = orders_of(keys, user_id)
  if #ids == 0 then
    return 0, 0
  end
  local seats, drafts = 0, 0
  for _, record in ipairs(redis.call("HMGET", keys.orders, unpack(ids))) do
    local state, _, _, expires_at = struct.unpack(">c1I8I4I4", record)
    if state == "S" or (state ~= "P" and expires_at > now) then
      seats = seats + (#record - 17) / 4
    elseif state == "P" and expires_at > now then
      drafts = drafts + 1
    end
  end
  return seats, drafts
end

local function is_on_sale(sale, now)
  return sale.opens_at <= now and now < sale.closes_at
end

-- Makes the order the holder of its seats, which the caller has found free, as `state` H or D; returns the hold's version.
local function hold(keys, order, expires_at, state)
  order.state, order.expires_at = state, expires_at
  order.version = log_change(keys, order.seats)
  write_cells(keys, unpack_seats(order.seats), expires_at, order.version)
  write_order(keys, order)
  return order.version
end
