-- seats: cells, order records and the change log of one performance, in the forms of keys.py and records.py.

local SOLD, BLOCKED = 4294967295, 4294967294
local FREE = string.rep("\0", 8)
local CHANGES_KEPT = 1000

-- The sale's settings and the state's version; nil while the state has to be rebuilt.
local function read_sale(keys)
  local fields = redis.call("HMGET", keys.sale,
    "ready", "version", "layout", "opens_at", "closes_at", "limit")
  if not fields[1] then
    return nil
  end
  return {
    version = tonumber(fields[2]), layout = tonumber(fields[3]),
    opens_at = tonumber(fields[4]), closes_at = tonumber(fields[5]), limit = tonumber(fields[6]),
  }
end

-- Lets go of all keys of the performance at that Unix second.
local function expire_keys(keys, keys_expire_at)
  redis.call("HSET", keys.sale, "keys_expire_at", keys_expire_at)
  for _, key in pairs(keys) do
    redis.call("EXPIREAT", key, keys_expire_at)
  end
end

-- Takes the next version and logs the seats (packed) that change with it.
local function log_change(keys, seats)
  local version = redis.call("HINCRBY", keys.sale, "version", 1)
  redis.call("XADD", keys.changes, "MAXLEN", "~", CHANGES_KEPT, string.format("%d-0", version), "o", seats)
  return version
end

local function unpack_seats(seats)
  local ordinals = {}
  for position = 1, #seats, 4 do
    ordinals[#ordinals + 1] = struct.unpack(">I4", seats, position)
  end
  return ordinals
end

-- A seat beyond the map counts as blocked: nobody can have it.
local function read_cell(keys, ordinal)
  local cell = redis.call("GETRANGE", keys.cells, ordinal * 8, ordinal * 8 + 7)
  if cell == "" then
    return BLOCKED, 0
  end
  local expires_at, version = struct.unpack(">I4I4", cell)
  return expires_at, version
end

local function write_cells(keys, ordinals, expires_at, version)
  local cell = struct.pack(">I4I4", expires_at, version)
  for _, ordinal in ipairs(ordinals) do
    redis.call("SETRANGE", keys.cells, ordinal * 8, cell)
  end
end

local function unpack_order(order_id, record)
  local state, user_id, version, expires_at = struct.unpack(">c1I8I4I4", record)
  return {
    id = order_id, state = state, user_id = user_id, version = version, expires_at = expires_at,
    seats = string.sub(record, 18),
  }
end

-- Whether an order has seats that are not bought: held to be paid for now, or waiting for a deposit.
local function is_holding(order)
  return order.state == "H" or order.state == "D"
end

local function read_order(keys, order_id)
  local record = redis.call("HGET", keys.orders, order_id)
  return record and unpack_order(order_id, record)
end

local function orders_of(keys, user_id)
  local ids = {}
  for id in string.gmatch(redis.call("HGET", keys.buyers, string.format("%d", user_id)) or "", "%S+") do
    ids[#ids + 1] = id
  end
  return ids
end

local function write_orders_of(keys, user_id, ids)
  local buyer = string.format("%d", user_id)
  if #ids == 0 then
    redis.call("HDEL", keys.buyers, buyer)
  else
    redis.call("HSET", keys.buyers, buyer, table.concat(ids, " "))
  end
end

-- A key that is made anew ends when the performance's others do.
local function end_with_the_others(keys, key)
  local keys_expire_at = redis.call("TTL", key) == -1 and redis.call("HGET", keys.sale, "keys_expire_at")
  if keys_expire_at then
    redis.call("EXPIREAT", key, keys_expire_at)
  end
end

local function write_order(keys, order)
  local record = struct.pack(">c1I8I4I4", order.state, order.user_id, order.version, order.expires_at)
  local is_new = redis.call("HSET", keys.orders, order.id, record .. order.seats) == 1
  if order.state == "S" then
    redis.call("ZREM", keys.expiries, order.id)
  else
    redis.call("ZADD", keys.expiries, order.expires_at, order.id)
  end
  if is_new then
    local ids = orders_of(keys, order.user_id)
    ids[#ids + 1] = order.id
    write_orders_of(keys, order.user_id, ids)
    end_with_the_others(keys, keys.orders)
    end_with_the_others(keys, keys.buyers)
  end
  end_with_the_others(keys, keys.expiries)
end

local function forget_order(keys, order)
  redis.call("HDEL", keys.orders, order.id)
  redis.call("ZREM", keys.expiries, order.id)
  local kept = {}
  for _, id in ipairs(orders_of(keys, order.user_id)) do
    if id ~= order.id then
      kept[#kept + 1] = id
    end
  end
  write_orders_of(keys, order.user_id, kept)
end

-- Frees those of the seats (packed) whose cells still are the order's; returns them packed.
local function free_own(keys, order, seats)
  local freed = {}
  for position = 1, #seats, 4 do
    local ordinal = struct.unpack(">I4", seats, position)
    local expires_at, version = read_cell(keys, ordinal)
    local is_sold = expires_at == SOLD
    if version == order.version and expires_at ~= BLOCKED and is_sold == (order.state == "S") then
      redis.call("SETRANGE", keys.cells, ordinal * 8, FREE)
      freed[#freed + 1] = string.sub(seats, position, position + 3)
    end
  end
  return table.concat(freed)
end
