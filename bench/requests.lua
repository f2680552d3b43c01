-- Drives wrk: wrk … -s requests.lua URL -- METHOD KEY BODIES OFFSET
-- Sends the lines of the file BODIES one after the other, beginning behind OFFSET; without bodies the same GET all the
-- time (`-`), or one that no other is like (`?`). A line is a body, or a path, a tab and a body. Prints one line of JSON.
local bodies, next_body, headers, method, fixed, counted = {}, 0, {}, "GET", nil, 0

function init(arguments)
    method = arguments[1]
    headers["Authorization"] = "Bearer " .. arguments[2]
    headers["Content-Type"] = "application/json"
    next_body = tonumber(arguments[4])
    if arguments[3] == "-" then
        fixed = wrk.format(method, nil, headers)
    elseif arguments[3] == "?" then
        counted = 1
    else
        for line in io.lines(arguments[3]) do bodies[#bodies + 1] = line end
    end
end

function request()
    if fixed then return fixed end
    if counted > 0 then
        counted = counted + 1
        return wrk.format(method, wrk.path .. "?n=" .. counted, headers)
    end
    next_body = next_body % #bodies + 1
    local path, body = bodies[next_body]:match("^(/[^\t]*)\t(.*)$")
    return wrk.format(method, path, headers, body or bodies[next_body])
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format(
        '\n{"count":%d,"perSecond":%f,"p50":%f,"p99":%f,"p999":%f,"worst":%f,"failed":%d}\n', summary.requests,
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        latency:percentile(99.9) / 1e3, latency.max / 1e3, failed))
end
