-- which_server: tells which server has a lock's slot now.
-- KEYS[1] lock:{NAME}  the lock, which need not be there
-- returns the server's name
-- include apps/common/redis/server.lua

redis.call("EXISTS", KEYS[1]) -- so that a cluster sends the script to the node of this slot
return this_server()
