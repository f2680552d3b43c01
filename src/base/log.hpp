#pragma once
// Structured log lines on stderr, as text or JSON. A line is a sentence and a few named values; secrets never are.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace spdlog {
class logger;
}

namespace etapa {

enum class LogFormat { text, json };
enum class LogLevel { debug, info, warning, error };

struct LogValue {
    std::string_view name;
    std::variant<std::int64_t, double, std::string_view> value;
};

// A cheap handle; copies write to the same place. Safe from any thread.
class Log {
public:
    // `requestId`, `route` and the like go into `values`; `sentence` is fixed text that can be searched for.
    void debug(std::string_view sentence, std::initializer_list<LogValue> values = {}) const;
    void info(std::string_view sentence, std::initializer_list<LogValue> values = {}) const;
    void warning(std::string_view sentence, std::initializer_list<LogValue> values = {}) const;
    void error(std::string_view sentence, std::initializer_list<LogValue> values = {}) const;

    static Log to_stderr(LogFormat format, LogLevel level);
    static Log silent();

private:
    explicit Log(std::shared_ptr<spdlog::logger> sink, LogFormat format) : sink_(std::move(sink)), format_(format) {}
    void write(LogLevel level, std::string_view sentence, std::initializer_list<LogValue> values) const;

    std::shared_ptr<spdlog::logger> sink_;
    LogFormat format_;
};

}  // namespace etapa
