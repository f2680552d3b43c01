#include "base/log.hpp"

#include "base/json_write.hpp"
#include "base/text.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>

namespace etapa {
namespace {

// The time and the level are spdlog's work, the rest of the line is ours.
constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: break;
    }
    return spdlog::level::err;
}

// Quotes, and escapes whatever could break the line or forge another. Values come from clients, so they may be no text
// at all; then the bytes that make them so are given up.
void append_quoted(std::string& line, std::string_view text) {
    if (is_valid_text(text)) {
        json::append_string(line, text);
        return;
    }
    std::string ascii(text);
    std::ranges::replace_if(ascii, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    json::append_string(line, ascii);
}

bool is_plain(std::string_view text) {
    const auto stands_for_itself = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '='; };
    return !text.empty() && std::ranges::all_of(text, stands_for_itself);
}

void append_value(std::string& line, const LogValue& value, LogFormat format) {
    if (const auto* number = std::get_if<std::int64_t>(&value.value)) {
        json::append_number(line, *number);
    } else if (const auto* real = std::get_if<double>(&value.value)) {
        json::append_number(line, *real);
    } else if (const auto text = std::get<std::string_view>(value.value); format == LogFormat::text && is_plain(text)) {
        line += text;
    } else {
        append_quoted(line, text);
    }
}

std::string line_of(LogFormat format, std::string_view sentence, std::initializer_list<LogValue> values) {
    std::string line;
    if (format == LogFormat::text) {
        line = sentence;
    } else {
        line = R"("message":)";
        append_quoted(line, sentence);
    }
    for (const auto& value : values) {
        if (format == LogFormat::text) {
            line += ' ';
            line += value.name;
            line += '=';
        } else {
            line += ',';
            json::append_string(line, value.name);
            line += ':';
        }
        append_value(line, value, format);
    }
    return line;
}

}  // namespace

void Log::debug(std::string_view sentence, std::initializer_list<LogValue> values) const {
    write(LogLevel::debug, sentence, values);
}
void Log::info(std::string_view sentence, std::initializer_list<LogValue> values) const {
    write(LogLevel::info, sentence, values);
}
void Log::warning(std::string_view sentence, std::initializer_list<LogValue> values) const {
    write(LogLevel::warning, sentence, values);
}
void Log::error(std::string_view sentence, std::initializer_list<LogValue> values) const {
    write(LogLevel::error, sentence, values);
}

Log Log::to_stderr(LogFormat format, LogLevel level) {
    auto logger = std::make_shared<spdlog::logger>("etapa", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        format == LogFormat::json ? json_pattern : text_pattern, spdlog::pattern_time_type::utc));
    logger->set_level(level_of(level));
    return Log(std::move(logger), format);
}

Log Log::silent() { return Log(nullptr, LogFormat::text); }

void Log::write(LogLevel level, std::string_view sentence, std::initializer_list<LogValue> values) const {
    if (!sink_ || !sink_->should_log(level_of(level))) return;
    const std::string line = line_of(format_, sentence, values);
    sink_->log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace etapa
