#include "base/metrics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <thread>
#include <vector>

namespace etapa {
namespace {

bool has_line(const Metrics& metrics, std::string_view line) {
    return ('\n' + metrics.text()).find('\n' + std::string(line) + '\n') != std::string::npos;
}

TEST(Metrics, CountersAddUp) {
    Metrics metrics;
    metrics.counter("requests_total", "Requests.", {{"status", "200"}}).add();
    metrics.counter("requests_total", "Requests.", {{"status", "200"}}).add(2);
    metrics.counter("requests_total", "Requests.", {{"status", "404"}}).add();
    EXPECT_TRUE(has_line(metrics, R"(requests_total{status="200"} 3)")) << metrics.text();
    EXPECT_TRUE(has_line(metrics, R"(requests_total{status="404"} 1)"));
    EXPECT_TRUE(has_line(metrics, "# TYPE requests_total counter"));
    EXPECT_TRUE(has_line(metrics, "# HELP requests_total Requests."));
}

TEST(Metrics, AskingTwiceGivesTheSameSeries) {
    Metrics metrics;
    EXPECT_EQ(&metrics.gauge("depth", "Depth."), &metrics.gauge("depth", "Depth."));
    EXPECT_NE(&metrics.gauge("depth", "Depth.", {{"kind", "a"}}), &metrics.gauge("depth", "Depth."));
}

TEST(Metrics, GaugesMoveBothWays) {
    Metrics metrics;
    auto& connections = metrics.gauge("connections", "Open connections.");
    connections.set(5);
    connections.add(-2);
    EXPECT_TRUE(has_line(metrics, "connections 3"));
}

TEST(Metrics, HistogramsCountIntoBuckets) {
    Metrics metrics;
    const std::array bounds{0.1, 1.0};
    auto& seconds = metrics.histogram("seconds", "Time taken.", bounds);
    seconds.observe(0.05);
    seconds.observe(0.5);
    seconds.observe(7);
    EXPECT_TRUE(has_line(metrics, R"(seconds_bucket{le="0.1"} 1)")) << metrics.text();
    EXPECT_TRUE(has_line(metrics, R"(seconds_bucket{le="1"} 2)"));
    EXPECT_TRUE(has_line(metrics, R"(seconds_bucket{le="+Inf"} 3)"));
    EXPECT_TRUE(has_line(metrics, "seconds_count 3"));
}

TEST(Metrics, LabelValuesAreEscaped) {
    Metrics metrics;
    metrics.counter("odd_total", "Odd.", {{"path", "a\"b\\c\nd"}}).add();
    EXPECT_TRUE(has_line(metrics, R"(odd_total{path="a\"b\\c\nd"} 1)")) << metrics.text();
}

TEST(Metrics, BadNamesAreRefused) {
    Metrics metrics;
    EXPECT_THROW(metrics.counter("no spaces", "Bad."), std::invalid_argument);
}

TEST(Metrics, ThreadsLoseNoCount) {
    Metrics metrics;
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int count = 0; count < 1'000; ++count) metrics.counter("shared_total", "Shared.").add();
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_TRUE(has_line(metrics, "shared_total 4000")) << metrics.text();
}

}  // namespace
}  // namespace etapa
