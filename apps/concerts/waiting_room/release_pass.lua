-- release_pass: ends a pass, so that its slot goes to the next in line.
-- KEYS[1] passes:{performance:ID}   accounts inside, by the end of their pass
-- KEYS[2] entered:{performance:ID}  when those inside were let in
-- ARGV[1] user_id
-- returns {"RELEASED"} | {"NO_PASS"}

redis.call("HDEL", KEYS[2], ARGV[1])
return { redis.call("ZREM", KEYS[1], ARGV[1]) == 1 and "RELEASED" or "NO_PASS" }
