-- now: the one clock of all scripts. A test that turns the clock puts another fragment in this one's place.

local function now()
  local time = redis.call("TIME")
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end
