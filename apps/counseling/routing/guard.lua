-- guard: ends a script that finds no routing, as after a loss of Redis, before it changes anything. A fragment.
-- include keys.lua

if not is_ready(keys) then
  return { "NOT_READY" }
end
