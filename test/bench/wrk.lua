-- The script of wrk: sends the requests of a file in turn, each as it is in the file, with a zero byte after
-- each. The arguments are the URL and the path of the file. At the end it prints what was measured as JSON.

local requests, nth = {}, 0

function init(args)
  local file = assert(io.open(args[1], 'rb'))
  for request in file:read('*a'):gmatch('%Z+') do
    requests[#requests + 1] = request
  end
  file:close()
end

function request()
  nth = nth % #requests + 1
  return requests[nth]
end

-- Times are in microseconds; `status` counts the responses with a status of 400 or more.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nresult: {"requests":%d,"duration":%d,"p50":%d,"p99":%d,' ..
      '"errors":{"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect, errors.read, errors.write, errors.timeout
  ))
end
