-- Sends the bodies of a file in turn, and says at the end what it measured in one line of JSON.
-- wrk … URL -- BODIES CONTENT-TYPE; in BODIES a zero byte parts one from the next.
local requests = {}
local last = 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local text = file:read("*a")
  file:close()
  local headers = { ["content-type"] = args[2] }
  for body in text:gmatch("[^%z]+") do
    requests[#requests + 1] = wrk.format("POST", nil, headers, body)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    'measured {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"errors":%d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
