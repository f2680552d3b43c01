#include "app/config.hpp"

namespace etapa::app {

void take_database(CommandLine& line, std::string& database) {
    line.option("--database", database, "Database: sqlite:PATH of a file, or postgres://USER@HOST/NAME of a server");
}

Settings read_settings(CommandLine& line) {
    constexpr unsigned threads_max = 256;
    constexpr unsigned connections_max = 1'000'000;
    constexpr unsigned requests_per_minute_max = 1'000'000'000;
    Settings settings;
    take_database(line, settings.database);
    line.option("--listen", settings.listen, "HOST:PORT to serve on; port 0 takes any free one");
    line.option("--public-url", settings.public_url,
                "Where people and providers reach the server: https://crm.example");
    line.option("--trusted-proxies", settings.trusted_proxies,
                "Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, separated "
                "by commas");
    line.flag("--demo", settings.demo, "Fill an empty database with an example organization");
    line.option("--threads", settings.threads, {.min = 1, .max = threads_max},
                "Threads that serve connections; by default cores minus one");
    line.option("--max-connections", settings.max_connections, {.min = 1, .max = connections_max},
                "Connections that are open at the same time, live streams among them");
    line.option("--rate-limit", settings.rate_limit, {.min = 0, .max = requests_per_minute_max},
                "Requests that each key may make in a minute; 0, the default, is no limit");
    line.option("--cors-origins", settings.cors_origins,
                "Origins whose web pages may call the API, separated by commas; * allows all, none is the default");
    line.option(
        "--outbound-allow", settings.outbound_allow,
        "Hosts, addresses and networks besides the public internet that webhooks may call, separated by commas");
    line.option("--retries", settings.retries,
                "Waits between the attempts to reach somebody, separated by commas: 5s,5m,30m,2h");
    line.option("--keep-events", settings.keep_events,
                "How long events are kept, in days, as in 90d; without it for ever");
    line.option("--key-file", settings.key_file,
                "File with the key that seals the secrets of channels; made beside an SQLite file when it is absent");
    line.option("--whatsapp-graph-url", settings.whatsapp_graph_url, "Where messages of WhatsApp are sent");
    line.choice("--log-format", settings.log_format, "How log lines are written to stderr");
    line.choice("--log-level", settings.log_level,
                "The least important lines to write; debug has one for each request");
    line.parse(CommandLine::UnknownSettings::refuse);
    return settings;
}

}  // namespace etapa::app
