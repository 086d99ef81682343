-- keys: names the keys of routing, which every script takes alike; keys.py says what lies under each. A fragment.
-- KEYS[1] routing:{counseling}     the flag, the lives, the paces
-- KEYS[2] counselors:{counseling}  packed records
-- KEYS[3] free:{counseling}        counselors with a free place, the fittest first
-- KEYS[4] line:{counseling}        who waits
-- KEYS[5] sessions:{counseling}    packed records
-- KEYS[6] deadlines:{counseling}   what is due when
-- KEYS[7] changes:{counseling}     counselors' changes of state

local keys = {
  routing = KEYS[1], counselors = KEYS[2], free = KEYS[3], line = KEYS[4], sessions = KEYS[5], deadlines = KEYS[6],
  changes = KEYS[7],
}

local function is_ready(keys)
  return redis.call("HEXISTS", keys.routing, "ready") == 1
end
