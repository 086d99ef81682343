-- budget: how often somebody may do something. A fragment for the scripts that do it.
--
-- A budget is tiers "MOST/SECONDS" with blanks between: MOST at once, and as many again spread evenly over SECONDS.
-- "MOST/SECONDS*COUNT" takes COUNT of them each time.
-- `args` from position `first` on are pairs of who spends and their budget. The key is a zset: "WHO#TIER" by the
-- second in which everything spent will have come back; who spends nothing is not in it.

local LITTLE = 0.001 -- seconds, which nobody is refused for: times are kept by microseconds, and add up
local ENDED_AT_ONCE = 16 -- entries cleared by one spending, so that the key never outgrows those who spend

-- One row for each tier of each spender: member, seconds of the tier, seconds that it costs, what was spent until when.
local function budget_rows(key, args, first, now)
  local rows, members = {}, {}
  for at = first, #args - 1, 2 do
    local tier = 0
    for most, seconds, count in string.gmatch(args[at + 1], "(%d+)/(%d+)%*?(%d*)") do
      tier = tier + 1
      members[#members + 1] = string.format("%s#%d", args[at], tier)
      local step = seconds / most * (tonumber(count) or 1)
      rows[#rows + 1] = { member = members[#members], span = tonumber(seconds), step = step }
    end
  end
  if #rows > 0 then
    for index, spent_until in ipairs(redis.call("ZMSCORE", key, unpack(members))) do
      rows[index].spent_until = math.max(now, tonumber(spent_until or now))
    end
  end
  return rows
end

-- Whole seconds until all of the rows have one left; 0: they have.
local function budget_wait(rows, now)
  local wait = 0
  for _, row in ipairs(rows) do
    wait = math.max(wait, row.spent_until + row.step - row.span - now)
  end
  return wait > LITTLE and math.ceil(wait) or 0
end

-- Take one from each of the rows, whether they have it or not.
local function budget_take(key, rows, now)
  if #rows == 0 then
    return
  end
  local scores, longest = {}, 1
  for _, row in ipairs(rows) do
    scores[#scores + 1] = string.format("%.6f", row.spent_until + row.step)
    scores[#scores + 1] = row.member
    longest = math.max(longest, row.span)
  end
  redis.call("ZADD", key, unpack(scores))
  local ended = redis.call("ZRANGEBYSCORE", key, "-inf", now, "LIMIT", 0, ENDED_AT_ONCE)
  if #ended > 0 then
    redis.call("ZREM", key, unpack(ended))
  end
  if redis.call("TTL", key) < longest then
    redis.call("EXPIRE", key, 2 * longest)
  end
end

-- Put what each of the rows costs back, as far as it is spent. Returns how many entries were changed.
local function budget_return(key, rows, now)
  local changed = 0
  for _, row in ipairs(rows) do
    if row.spent_until > now then
      redis.call("ZADD", key, "XX", string.format("%.6f", row.spent_until - row.step), row.member)
      changed = changed + 1
    end
  end
  return changed
end

-- Take one from each spender where all of them have one left: 0; else nothing, and the whole seconds to wait.
local function budget_spend(key, args, first, now)
  local rows = budget_rows(key, args, first, now)
  local wait = budget_wait(rows, now)
  if wait == 0 then
    budget_take(key, rows, now)
  end
  return wait
end
