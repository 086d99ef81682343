-- restore_passes: gives back, after a loss, the passes of those who hold seats; a longer one stays as it is.
-- KEYS[1] passes:{performance:ID}   accounts inside, by the end of their pass
-- KEYS[2] entered:{performance:ID}  when those inside were let in
-- ARGV[1..] user_id, end of the pass (unix seconds) and when it was given (unix seconds; empty: not known), in turn
-- returns {"RESTORED", how many were new}
-- include apps/common/redis/now.lua

local now = string.format("%.6f", now())
local restored = 0
for at = 1, #ARGV, 3 do
  restored = restored + redis.call("ZADD", KEYS[1], "GT", ARGV[at + 1], ARGV[at])
  redis.call("HSETNX", KEYS[2], ARGV[at], ARGV[at + 2] ~= "" and ARGV[at + 2] or now)
end
return { "RESTORED", restored }
