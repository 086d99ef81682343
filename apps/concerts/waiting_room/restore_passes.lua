-- restore_passes: gives back, after a loss, the passes of those who hold seats; a longer one stays as it is.
-- KEYS[1] passes:{performance:ID}   accounts inside, by the end of their pass
-- KEYS[2] entered:{performance:ID}  when those inside were let in
-- ARGV[1..] user_id and end of the pass (unix seconds), in turn
-- returns {"RESTORED", how many were new}
-- include apps/common/redis/now.lua

local now = math.floor(now())
local restored = 0
for at = 1, #ARGV, 2 do
  restored = restored + redis.call("ZADD", KEYS[1], "GT", ARGV[at + 1], ARGV[at])
  redis.call("HSETNX", KEYS[2], ARGV[at], now)
end
return { "RESTORED", restored }
