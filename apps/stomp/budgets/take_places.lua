-- take_places: takes one place of each of some owners, or of none.
-- KEYS[1] stomp-processes:{stomp}  those that have places, by the end of their lease: members are their keys
-- KEYS[2] stomp-places:{stomp}:PROCESS  hash of this process: how many places each owner has there
-- KEYS[3..] stomp-places:{stomp}:PROCESS  of the other processes, as far as this one knows them
-- ARGV[1] the lease, seconds
-- ARGV[2..] for each owner: its name, its places in this process with the new one, how many it may have in all
-- returns {"TAKEN"} | {"FULL", owner} | {"PROCESSES", key...} where there are others than this one knows
-- include apps/common/redis/now.lua

local at, lease = now(), tonumber(ARGV[1])
local known = {}
for number = 3, #KEYS do
  known[KEYS[number]] = true
end
local living = redis.call("ZRANGEBYSCORE", KEYS[1], string.format("(%.3f", at), "+inf")
local others = {}
for _, process in ipairs(living) do
  if process ~= KEYS[2] then
    if not known[process] then
      return { "PROCESSES", unpack(living) }
    end
    others[#others + 1] = process
  end
end
for number = 2, #ARGV, 3 do
  local owner, taken, most = ARGV[number], tonumber(ARGV[number + 1]), tonumber(ARGV[number + 2])
  for _, process in ipairs(others) do
    taken = taken + tonumber(redis.call("HGET", process, owner) or "0")
  end
  if taken > most then
    return { "FULL", owner }
  end
end
for number = 2, #ARGV, 3 do
  redis.call("HSET", KEYS[2], ARGV[number], ARGV[number + 1])
end
redis.call("ZADD", KEYS[1], string.format("%.3f", at + lease), KEYS[2])
redis.call("EXPIRE", KEYS[2], math.ceil(lease * 2))
return { "TAKEN" }
