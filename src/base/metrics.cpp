#include "base/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <unordered_map>
#include <vector>

namespace etapa {
namespace {

class CounterSeries final : public Counter {
public:
    explicit CounterSeries(prometheus::Counter& series) : series_(series) {}
    void add(double amount) override { series_.Increment(amount); }

private:
    prometheus::Counter& series_;
};

class GaugeSeries final : public Gauge {
public:
    explicit GaugeSeries(prometheus::Gauge& series) : series_(series) {}
    void set(double value) override { series_.Set(value); }
    void add(double amount) override { series_.Increment(amount); }

private:
    prometheus::Gauge& series_;
};

class HistogramSeries final : public Histogram {
public:
    explicit HistogramSeries(prometheus::Histogram& series) : series_(series) {}
    void observe(double value) override { series_.Observe(value); }

private:
    prometheus::Histogram& series_;
};

prometheus::Labels labels_of(MetricLabels labels) {
    prometheus::Labels copied;
    for (const auto& [name, value] : labels) copied.emplace(name, value);
    return copied;
}

// Our face of each series of the library, made once.
template <class Face, class Series> class Faces {
public:
    Face& of(Series& series) {
        auto& face = faces_[&series];
        if (!face) face = std::make_unique<Face>(series);
        return *face;
    }

private:
    std::unordered_map<const Series*, std::unique_ptr<Face>> faces_;
};

}  // namespace

struct Metrics::Registry {
    std::mutex mutex;  // for the faces; the library's registry has its own
    prometheus::Registry series;
    Faces<CounterSeries, prometheus::Counter> counters;
    Faces<GaugeSeries, prometheus::Gauge> gauges;
    Faces<HistogramSeries, prometheus::Histogram> histograms;
};

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, MetricLabels labels) {
    const std::lock_guard lock(registry_->mutex);
    auto& family =
        prometheus::BuildCounter().Name(std::string(name)).Help(std::string(help)).Register(registry_->series);
    return registry_->counters.of(family.Add(labels_of(labels)));
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, MetricLabels labels) {
    const std::lock_guard lock(registry_->mutex);
    auto& family = prometheus::BuildGauge().Name(std::string(name)).Help(std::string(help)).Register(registry_->series);
    return registry_->gauges.of(family.Add(labels_of(labels)));
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                              MetricLabels labels) {
    const std::lock_guard lock(registry_->mutex);
    auto& family =
        prometheus::BuildHistogram().Name(std::string(name)).Help(std::string(help)).Register(registry_->series);
    const prometheus::Histogram::BucketBoundaries boundaries(bounds.begin(), bounds.end());
    return registry_->histograms.of(family.Add(labels_of(labels), boundaries));
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(registry_->series.Collect()); }

}  // namespace etapa
