-- access: whether somebody may book now.
-- KEYS[1] line:{performance:ID}    settings and state of the line (see keys.py)
-- KEYS[2] passes:{performance:ID}  accounts inside, by the end of their pass
-- ARGV[1] user_id
-- returns {"PASS"} | {"NO_PASS"} | {"CLOSED"} | {"NOT_READY"}
-- include apps/common/redis/now.lua
-- include pass_check.lua

return { has_pass(KEYS[1], KEYS[2], ARGV[1], now()) }
