#pragma once
// A whole Etapa behind a socket on loopback, as clients meet it. One organization exists, with an owner and a key.

#include "app/app.hpp"
#include "crm/organizations/found.hpp"
#include "net/test_wire.hpp"
#include "support/world.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace etapa::tests {

class Served {
public:
    // What most clients send with every request, with or without a body (API fact 15.15).
    static constexpr std::string_view json_header = "Content-Type: application/json\r\n";

    // `rate_limit`: requests of the key in a minute, 0 for any number.
    explicit Served(unsigned rate_limit = 0) : app_(settings(store_, rate_limit)) {
        Caller founder = organizations::founder(app_.env());
        auto found = [](WriteTx& tx) { return organizations::found(tx, {"Acme"}, {"owner@acme.example"}, {}); };
        key_ = app_.database().write_now(founder, found).api_key;
    }

    // One request with the organization's key; `headers` are whole lines.
    Answer ask(std::string_view method, std::string_view target, std::string_view body = {},
               std::string_view headers = json_header) {
        return send(method, target, body, "Authorization: Bearer " + key_ + "\r\n" + std::string(headers));
    }

    // The same with no header but those.
    Answer send(std::string_view method, std::string_view target, std::string_view body, const std::string& headers) {
        std::string request = std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\n" + headers;
        if (headers.find("Host:") == std::string::npos) request += "Host: localhost\r\n";
        if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        net::Wire wire(port());
        wire.send(request + "\r\n" + std::string(body));
        const auto read = wire.read();
        Answer answer{read.status,
                      read.body,
                      nullptr,
                      {{"Content-Type", read.header("content-type")}, {"Retry-After", read.header("retry-after")}}};
        boost::json::error_code error;
        answer.json = boost::json::parse(answer.body, error);
        if (error) answer.json = nullptr;
        return answer;
    }

    // The same, expecting success.
    Answer good(std::string_view method, std::string_view target, std::string_view body = {},
                std::string_view headers = json_header) {
        auto answer = ask(method, target, body, headers);
        EXPECT_EQ(answer.status / 100, 2) << method << ' ' << target << ' ' << body << " answered " << answer.body;
        return answer;
    }

    // Of the SQLite database.
    [[nodiscard]] std::string file() const { return db::file_of(store_.url()); }

private:
    static app::Settings settings(const db::TestStore& store, unsigned rate_limit) {
        app::Settings settings;
        settings.database = store.url();
        settings.key_file = store.directory().file("etapa.key");
        settings.listen = "127.0.0.1:0";
        settings.threads = 1;
        settings.rate_limit = rate_limit;
        settings.log_level = LogLevel::error;
        return settings;
    }
    [[nodiscard]] std::uint16_t port() const {
        return static_cast<std::uint16_t>(std::stoi(app_.url().substr(app_.url().rfind(':') + 1)));
    }

    db::TestStore store_;
    app::App app_;
    std::string key_;
};

}  // namespace etapa::tests
