// The bytes of a connection through the whole server but its socket: parser, gate, handler, transaction, answer.
// Whatever comes is answered or refused in the ways that the API describes, and nothing is a failure of the server.
// Who sends `Authorization: key` is the organization.
#include "api/gate.hpp"
#include "api/resources.hpp"
#include "base/vault.hpp"
#include "crm/organizations/found.hpp"
#include "db/migrate.hpp"
#include "net/reply.hpp"
#include "net/request_parser.hpp"

#include <boost/json/parse.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace {

using namespace etapa;

void require(bool condition, std::string_view what) {
    if (condition) return;
    std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
    std::abort();
}

class Directory {
public:
    Directory() {
        std::string name = (std::filesystem::temp_directory_path() / "etapa-fuzz-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] std::string database() const { return "sqlite:" + (path_ / "etapa.db").string(); }

private:
    std::filesystem::path path_;
};

class Server {
public:
    Server() {
        const auto url = directory_.database();
        db::migrate(env_, url);
        DatabaseSettings settings;
        settings.url = url;
        database_ = std::make_unique<Database>(env_, settings, alarm_);
        api::all_resources(router_);
        gate_.emplace(env_, *database_, router_);
        gate_->use(vault_);
        Caller founder = organizations::founder(env_);
        auto found = [](WriteTx& tx) { return organizations::found(tx, {"Acme"}, {"owner@acme.example"}, {}); };
        authorization_ = "Bearer " + database_->write_now(founder, found).api_key;
    }

    // Answers every request in the bytes, as long as the connection would stay open.
    void serve(const std::uint8_t* data, std::size_t size) {
        boost::beast::flat_buffer buffer;
        const auto space = buffer.prepare(size);
        std::copy_n(data, size, static_cast<std::uint8_t*>(space.data()));
        buffer.commit(size);
        while (serve_one(buffer)) {
        }
    }

private:
    bool serve_one(boost::beast::flat_buffer& buffer) {
        constexpr net::RequestLimits limits{8'192, 16'384, 65'536};
        net::RequestParser parser(request_, limits);
        switch (parser.feed(buffer)) {
            case net::RequestParser::State::incomplete: return false;
            case net::RequestParser::State::refused:
                require(parser.refusal().status / 100 == 4 || parser.refusal().status == 501, "an odd refusal");
                return false;
            case net::RequestParser::State::complete: break;
        }
        if (request_.authorization == "key") request_.authorization = authorization_;
        if (request_.request_id.empty()) request_.request_id = "fuzz";
        net::Response response;
        gate_->serve_now(request_, response);
        check(response);
        return parser.wants_keep_alive();
    }

    void check(const net::Response& response) {
        require(response.status >= 200 && response.status < 500, response.body);
        if (response.content_type.starts_with("application/json") && net::has_body(response.status)) {
            boost::json::error_code error;
            const auto json = boost::json::parse(response.body, error);
            require(!error, "an answer is JSON");
            require(response.status < 400 || json.as_object().at("error").is_string(), "an error has its sentence");
        }
        std::string head;
        net::append_head(head, response, request_.request_id, "now", net::ConnectionHeader::unsaid);
    }

    Directory directory_;
    ManualClock clock_{*parse_time("2026-03-01T09:00:00.000Z")};
    Metrics metrics_;
    SeededRandom random_{1};
    Env env_{clock_, Log::silent(), metrics_, random_};
    Alarm alarm_{clock_};
    std::unique_ptr<Database> database_;
    api::Router router_;
    Vault vault_{std::string(crypto::key_bytes, 'k')};
    std::optional<api::Gate> gate_;
    std::string authorization_;
    net::Request request_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Server server;
    server.serve(data, size);
    return 0;
}
