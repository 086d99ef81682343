-- renew_lease: lets the places of this process count for another while.
-- KEYS[1] stomp-processes:{stomp}  those that have places, by the end of their lease: members are their keys
-- KEYS[2] stomp-places:{stomp}:PROCESS  hash of this process: how many places each owner has there
-- ARGV[1] the lease, seconds
-- returns {how many owners are written down for this process, key...}: the keys of all that live
-- include apps/common/redis/now.lua

local at, lease = now(), tonumber(ARGV[1])
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", string.format("%.3f", at))
redis.call("ZADD", KEYS[1], string.format("%.3f", at + lease), KEYS[2])
redis.call("EXPIRE", KEYS[2], math.ceil(lease * 2))
return { redis.call("HLEN", KEYS[2]), unpack(redis.call("ZRANGE", KEYS[1], 0, -1)) }
