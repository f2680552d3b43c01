#pragma once
// Counts and times requests. One per I/O thread: the series are looked up once and remembered here without a lock.

#include "base/metrics.hpp"
#include "net/http.hpp"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace etapa::net {

class RequestMetrics {
public:
    explicit RequestMetrics(Metrics& metrics) : metrics_(metrics) {}

    void count(const std::string& route, Method method, int status, double seconds);

private:
    struct Route {
        Histogram* seconds;
        std::vector<std::pair<int, Counter*>> requests;  // by status and method in one number; a handful
    };

    Route& route_of(const std::string& route);

    Metrics& metrics_;
    std::unordered_map<std::string, Route> routes_;
};

}  // namespace etapa::net
