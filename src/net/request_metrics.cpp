#include "net/request_metrics.hpp"

#include <algorithm>
#include <array>

namespace etapa::net {
namespace {

const std::string& label_of(const std::string& route) {
    static const std::string unmatched = "unmatched";
    return route.empty() ? unmatched : route;
}

}  // namespace

void RequestMetrics::count(const std::string& route, Method method, int status, double seconds) {
    Route& known = route_of(label_of(route));
    known.seconds->observe(seconds);
    const int key = status * 16 + static_cast<int>(method);
    auto found = std::ranges::find(known.requests, key, &std::pair<int, Counter*>::first);
    if (found == known.requests.end()) {
        auto& counter = metrics_.counter(
            "etapa_http_requests_total", "HTTP requests answered.",
            {{"route", label_of(route)}, {"method", name_of(method)}, {"status", std::to_string(status)}});
        found = known.requests.insert(found, {key, &counter});
    }
    found->second->add();
}

RequestMetrics::Route& RequestMetrics::route_of(const std::string& route) {
    const auto found = routes_.find(route);
    if (found != routes_.end()) return found->second;
    constexpr std::array bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0};
    auto& seconds = metrics_.histogram("etapa_http_request_seconds", "Time from the end of a request to its answer.",
                                       bounds, {{"route", route}});
    return routes_.emplace(route, Route{&seconds, {}}).first->second;
}

}  // namespace etapa::net
