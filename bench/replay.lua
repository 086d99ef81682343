-- replay: a script for wrk that sends the requests of a file, and reports the run as one line of JSON.
--
--     wrk --threads 1 --script replay.lua URL -- FILE around|once [PER_SECOND]
--
-- around: again and again until the time is over. once: each request one time, by the connection that is free
-- first; the run ends with the last answer, and every status is counted. With PER_SECOND that many are sent a
-- second, evenly, as long as there is a connection that is free; each one's time counts from when it is sent. What is
-- late is made up for.
local ffi = require("ffi")
ffi.cdef([[
  struct timespec { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct timespec *time);
  int getpid(void);
  int kill(int process, int signal);
]])
local CLOCK_MONOTONIC, SIGINT = 1, 2
local NEVER = 1000000000 -- milliseconds

local requests, allowed, sent, answered, worker = {}, 0, 0, 0, nil
local apart, first_due = 0, nil -- seconds between two requests, and when the first may go
statuses, started_at, ended_at = {}, 0, 0 -- global: `done` reads them from the worker

local function clock()
  local time = ffi.new("struct timespec")
  ffi.C.clock_gettime(CLOCK_MONOTONIC, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

local function read_requests(path)
  local file = assert(io.open(path, "rb"))
  for length in file:lines() do
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
end

local function wait_for_pace()
  if apart == 0 then
    return 0
  end
  local now = clock()
  first_due = first_due or now
  return math.floor(math.max(0, first_due + (allowed - 1) * apart - now) * 1000 + 0.5)
end

local function wait_around()
  allowed = allowed + 1
  return wait_for_pace()
end

-- Asked before each request: as many may be sent as the file has.
local function wait_at_end()
  allowed = allowed + 1
  if allowed > #requests then
    return NEVER
  end
  return wait_for_pace()
end

local function count_answer(status)
  local name = tostring(status)
  statuses[name] = (statuses[name] or 0) + 1
  answered = answered + 1
  if answered == #requests then
    ended_at = clock()
    ffi.C.kill(ffi.C.getpid(), SIGINT) -- wrk sums up, instead of sleeping to the end of its time
  end
end

function setup(thread)
  worker = thread
end

function init(args)
  read_requests(args[1])
  apart = args[3] and 1 / tonumber(args[3]) or 0
  if args[2] == "once" then
    delay, response = wait_at_end, count_answer
  elseif apart > 0 then
    delay = wait_around
  end
end

-- The first call of all is wrk's own: it looks at a request without sending it.
function request()
  if sent == 0 then
    sent = 1
    return requests[1]
  end
  if started_at == 0 then
    started_at = clock()
  end
  local next = requests[(sent - 1) % #requests + 1]
  sent = sent + 1
  return next
end

function done(summary, latency)
  local seconds, ended = summary.duration / 1e6, worker:get("ended_at")
  if ended > 0 then
    seconds = ended - worker:get("started_at")
  end
  local counts = {}
  for status, count in pairs(worker:get("statuses")) do
    counts[#counts + 1] = string.format('"%s":%d', status, count)
  end
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"refused":%d,"broken":%d,"statuses":{%s}}',
    summary.requests, seconds, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout, table.concat(counts, ",")))
end
