-- write_places: writes down how many places some owners have in this process.
-- KEYS[1] stomp-places:{stomp}:PROCESS  hash of this process: how many places each owner has there
-- ARGV[1] the lease, seconds
-- ARGV[2] "anew" to forget what was written before, else ""
-- ARGV[3..] for each owner: its name and its places
-- returns {"WRITTEN"}

if ARGV[2] == "anew" then
  redis.call("DEL", KEYS[1])
end
for number = 3, #ARGV, 2 do
  if tonumber(ARGV[number + 1]) > 0 then
    redis.call("HSET", KEYS[1], ARGV[number], ARGV[number + 1])
  else
    redis.call("HDEL", KEYS[1], ARGV[number])
  end
end
redis.call("EXPIRE", KEYS[1], math.ceil(tonumber(ARGV[1]) * 2))
return { "WRITTEN" }
