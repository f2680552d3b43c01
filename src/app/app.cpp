#include "app/app.hpp"

#include "api/resources.hpp"
#include "api/system.hpp"
#include "app/key_file.hpp"
#include "base/values.hpp"
#include "base/version.hpp"
#include "db/migrate.hpp"
#include "db/url.hpp"
#include "net/address.hpp"
#include "work/expiry.hpp"

#include <algorithm>
#include <charconv>

namespace etapa::app {
namespace {

// How long requests in flight may take to finish at shutdown. The runner's batch and the writer's queue come after it,
// and all of it has to end within ten seconds.
constexpr Duration drain_limit = seconds(4);
// Connections to PostgreSQL that write: more than a small node can use only wait for each other's rows (decision 3).
constexpr unsigned writers_for_each_thread = 4;
constexpr unsigned writers_max = 8;

net::Proxies trusted_proxies(const Settings& settings) {
    auto proxies = net::Proxies::parse(settings.trusted_proxies);
    if (!proxies) throw Usage("--trusted-proxies: " + proxies.error() + '.');
    return *std::move(proxies);
}

// Without a slash at its end, so that paths can follow it.
std::string read_public_url(const Settings& settings) {
    std::string url = settings.public_url;
    while (url.ends_with('/')) url.pop_back();
    if (!url.empty() && (!Url::parse(url) || url.find_first_of("?#") != std::string::npos)) {
        throw Usage("--public-url: '" + settings.public_url + "' is no address such as https://crm.example.");
    }
    return url;
}

net::ServerSettings server_settings(const Settings& settings, api::Gate& gate) {
    const auto address = net::parse_listen(settings.listen);
    if (!address) throw Usage("--listen: " + address.error());
    net::ServerSettings wanted;
    wanted.host = address->host;
    wanted.port = address->port;
    wanted.io_threads = settings.threads;
    wanted.connections_max = settings.max_connections;
    wanted.proxies = trusted_proxies(settings);
    wanted.cors_allowed_origins = settings.cors_origins;
    wanted.larger_body_bytes_max = [&gate](const net::Request& head) { return gate.larger_body_bytes_max(head); };
    wanted.admits_larger_body = [&gate](const net::Request& head) { return gate.admits_larger_body(head); };
    return wanted;
}

// The address of a lock file that can be made: a new database has no directory yet.
std::string with_directory(const std::string& url) {
    db::create_directory(url);
    return url;
}

std::string key_file(const Settings& settings) {
    const auto& wanted = settings.key_file;
    auto path = wanted.empty() ? standard_key_file(settings.database) : wanted;
    if (path.empty()) throw Usage("--key-file: give the file with the key that seals the secrets of channels.");
    return path;
}

// Brings the schema up to date, so that the database can be opened.
DatabaseSettings migrated(const Env& env, const Settings& settings) {
    db::migrate(env, settings.database);
    DatabaseSettings wanted;
    wanted.url = settings.database;
    wanted.io_threads = settings.threads;
    wanted.reader_threads = settings.threads;
    wanted.postgres_writers = std::min(writers_max, writers_for_each_thread * settings.threads);
    return wanted;
}

OutboundRules outbound_rules(const Settings& settings) {
    auto rules = OutboundRules::parse(settings.outbound_allow);
    if (!rules) throw Usage("--outbound-allow: " + rules.error() + '.');
    return *std::move(rules);
}

work::CourierSettings courier_settings(const Settings& settings, const Vault& vault) {
    work::CourierSettings wanted;
    wanted.providers = {&vault, settings.whatsapp_graph_url, read_public_url(settings)};
    if (settings.retries.empty()) return wanted;
    auto retries = Retries::parse(settings.retries);
    if (!retries) throw Usage("--retries: " + retries.error() + '.');
    wanted.retries = *std::move(retries);
    return wanted;
}

// `90d`.
std::optional<Duration> parse_days(std::string_view text) {
    constexpr std::int64_t days_max = 36'500;
    constexpr std::int64_t day_seconds = 86'400;
    std::int64_t days = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
    if (error != std::errc{} || days < 1 || days > days_max) return std::nullopt;
    if (std::string_view(end, text.data() + text.size()) != "d") return std::nullopt;
    return seconds(days * day_seconds);
}

work::Retention retention(const Settings& settings) {
    work::Retention wanted;
    if (settings.keep_events.empty()) return wanted;
    wanted.events = parse_days(settings.keep_events);
    if (!wanted.events) throw Usage("--keep-events: '" + settings.keep_events + "' is no number of days such as 90d.");
    return wanted;
}

std::string host_in_url(const std::string& host) { return host.contains(':') ? '[' + host + ']' : host; }

}  // namespace

App::App(const Settings& settings)
    : surroundings_(Log::to_stderr(settings.log_format, settings.log_level)),
      lock_(with_directory(settings.database)),
      alarm_(surroundings_.clock),
      key_file_(key_file(settings)),
      outbound_(outbound_rules(settings)),
      client_(outbound_, resolver_),
      server_(env(), server_settings(settings, gate_), handler(settings.log_level)),
      courier_(env(), client_, courier_settings(settings, vault_)),
      database_(env(), migrated(env(), settings), alarm_),
      vault_(read_or_make_key(database_, key_file_, surroundings_.random)),
      gate_(env(), database_, router_, settings.rate_limit,
            db::is_postgres(settings.database) ? api::RateLimit::Nodes::many : api::RateLimit::Nodes::one),
      live_(env(), database_, server_),
      runner_(env(), database_, alarm_, courier_, retention(settings)) {
    gate_.allow(outbound_);
    gate_.stream_with(live_);
    gate_.use(vault_);
    gate_.serve_as(read_public_url(settings));
    api::all_resources(router_);
    api::system(router_, surroundings_.metrics);
    server_.start();
    runner_.start();
    url_ = "http://" + host_in_url(net::parse_listen(settings.listen)->host) + ':' + std::to_string(server_.port());
    public_url_ = settings.public_url.empty() ? url_ : read_public_url(settings);
    env().log.info("Etapa serves.", {{"url", url_}, {"database", db::shown(settings.database)}, {"version", version}});
}

App::~App() {
    env().log.info("Etapa finishes what is in hand.");
    server_.drain(drain_limit);
    runner_.stop();
    resolver_.stop();
    server_.stop();  // nobody resumes any more: what the database still hands back is destroyed with the server
}

net::Handler App::handler(LogLevel level) {
    if (level == LogLevel::debug) {
        return [this](net::Request& request, net::Response& response) { return serve_and_log(request, response); };
    }
    return [this](net::Request& request, net::Response& response) { return gate_.serve(request, response); };
}

boost::asio::awaitable<void> App::serve_and_log(net::Request& request, net::Response& response) {
    const Time began = env().clock.now();
    co_await gate_.serve(request, response);
    log_request(request, response, env().clock.now() - began);
}

void App::log_request(const net::Request& request, const net::Response& response, Duration took) const {
    env().log.debug("Request answered.", {{"requestId", request.request_id},
                                          {"method", net::name_of(request.method)},
                                          {"client", request.client},
                                          {"path", request.path},
                                          {"status", std::int64_t{response.status}},
                                          {"milliseconds", took.milliseconds}});
}

}  // namespace etapa::app
