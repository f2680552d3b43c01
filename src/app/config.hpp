#pragma once
// The settings of the server, and those that several commands share. Read here and nowhere else.

#include "app/command_line.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace etapa {

constexpr auto names(LogFormat) { return std::to_array<std::string_view>({"text", "json"}); }
constexpr auto names(LogLevel) { return std::to_array<std::string_view>({"debug", "info", "warning", "error"}); }

}  // namespace etapa

namespace etapa::app {

inline constexpr std::string_view standard_database = "sqlite:data/etapa.db";

struct Settings {
    std::string database{standard_database};
    std::string listen = "127.0.0.1:8080";
    bool demo = false;
    std::string key_file;  // empty: beside an SQLite file
    std::string whatsapp_graph_url = "https://graph.facebook.com/v21.0";
    unsigned threads = std::max(2U, std::thread::hardware_concurrency()) - 1;
    unsigned max_connections = 4'096;
    std::string public_url;  // empty: as each client found it
    std::vector<std::string> trusted_proxies;
    std::vector<std::string> cors_origins;
    std::vector<std::string> outbound_allow;
    std::vector<std::string> retries;  // empty: the schedule of Standard Webhooks
    std::string keep_events;           // days, as in 90d; empty: for ever
    unsigned rate_limit = 0;           // requests of a key in a minute; 0 is no limit
    LogFormat log_format = LogFormat::text;
    LogLevel log_level = LogLevel::info;
};

// Parses the command line into settings of a server.
Settings read_settings(CommandLine& line);

// Declares --database.
void take_database(CommandLine& line, std::string& database);

}  // namespace etapa::app
