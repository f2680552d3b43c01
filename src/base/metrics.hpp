#pragma once
// Counters, gauges and histograms in the Prometheus text format. Asking twice for the same name and labels gives the
// same series, so a user keeps the reference it got and adds to it without a lookup.

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace etapa {

// Safe from any thread; lives as long as its Metrics.
class Counter {
public:
    virtual ~Counter() = default;
    virtual void add(double amount = 1) = 0;
};

class Gauge {
public:
    virtual ~Gauge() = default;
    virtual void set(double value) = 0;
    virtual void add(double amount) = 0;
};

class Histogram {
public:
    virtual ~Histogram() = default;
    virtual void observe(double value) = 0;
};

using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    Counter& counter(std::string_view name, std::string_view help, MetricLabels labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, MetricLabels labels = {});
    // `bounds` are the upper bounds of the buckets, ascending.
    Histogram& histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                         MetricLabels labels = {});

    // All series in the Prometheus text exposition format.
    [[nodiscard]] std::string text() const;

private:
    struct Registry;
    std::unique_ptr<Registry> registry_;
};

}  // namespace etapa
