-- pass_check: whether somebody may book, how a booking keeps the pass alive, and its end. A fragment for scripts of one
-- performance.

-- A pass that has not begun yet has a negative end, and is none.
-- "PASS" | "NO_PASS" | "CLOSED" (no pass, and none to be had) | "NOT_READY" (the line has to be made anew first).
-- A pass that was given counts in every mode: who is inside may finish.
local function has_pass(line_key, passes_key, user_id, now)
  local line = redis.call("HMGET", line_key, "ready", "mode")
  if not line[1] then
    return "NOT_READY"
  end
  if line[2] == "OPEN" then
    return "PASS"
  end
  local pass_end = redis.call("ZSCORE", passes_key, user_id)
  if pass_end and tonumber(pass_end) > now then
    return "PASS"
  end
  return line[2] == "CLOSED" and "CLOSED" or "NO_PASS"
end

-- A pass's id is the moment that it was given, in microseconds: no two passes of one account have the same.
-- Returns it as text, by what `entered` has of the account; "0" where no pass is running.
local function pass_id(entered)
  local seconds, rest = string.match(entered or "", "^(%d+)%.?(%d*)$")
  if not seconds then
    return "0"
  end
  return seconds .. (rest == "" and "000000" or rest)
end

-- Keep a pass alive until `wanted_end`, never past the hard limit that counts from admission.
-- Where the door is OPEN it gives one, so that a later QUEUE does not lock out who holds seats. Returns the pass's id.
local function prolong_pass(line_key, passes_key, entered_key, user_id, now, wanted_end)
  local entered = redis.call("HGET", entered_key, user_id)
  local admitted_at = tonumber(entered or now)
  local pass_end = tonumber(redis.call("ZSCORE", passes_key, user_id) or 0)
  if pass_end <= now then
    local time = redis.call("TIME")
    admitted_at, entered = now, string.format("%d.%06d", tonumber(time[1]), tonumber(time[2]))
    redis.call("HSET", entered_key, user_id, entered)
  end
  local hard_limit = tonumber(redis.call("HGET", line_key, "hard_limit_seconds"))
  local last_end = math.floor(math.min(wanted_end, admitted_at + hard_limit))
  redis.call("ZADD", passes_key, "GT", last_end, user_id)
  return pass_id(entered)
end

-- End a pass, so that its slot goes to the next in line; where `meant` is given, only the pass of that id: a message that
-- comes late does not end the pass that was given since. Returns whether there was one. It stays among the ended ones
-- until the tick has taken it to the record; `entered` then has the negative of the moment of its end.
local function end_pass(passes_key, entered_key, user_id, meant)
  if meant and meant ~= pass_id(redis.call("HGET", entered_key, user_id)) then
    return false
  end
  local pass_end = redis.call("ZSCORE", passes_key, user_id)
  local time = redis.call("TIME")
  local second = tonumber(time[1])
  if not pass_end or (tonumber(pass_end) >= 0 and tonumber(pass_end) <= second) then
    return false
  end
  redis.call("ZADD", passes_key, second, user_id)
  redis.call("HSET", entered_key, user_id, string.format("-%d.%06d", second, tonumber(time[2])))
  return true
end
