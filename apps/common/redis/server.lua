-- server: which server runs this script: another after a restart, a failover, a restored backup (see new_servers.py).
local function this_server()
  local run_id = string.match(redis.call("INFO", "server"), "run_id:(%w+)") or ""
  return run_id .. (string.match(redis.call("INFO", "replication"), "master_replid:(%w+)") or "")
end
