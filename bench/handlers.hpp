#pragma once
// The server's own functions on a bare connection, from the text of a request to the text of its answer: no HTTP, no
// keys, no queue, no threads.

#include "api/resources.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "db/sqlite.hpp"

#include <boost/json/parse.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace etapa::bench {

// What transactions need from their surroundings.
struct Surroundings {
    SystemClock clock;
    SystemRandom random;
    IdMaker ids{random};
    db::Instants instants{clock};
    Caller caller;
};

// The requests of one method: to one path, or each to its own.
class Handlers {
public:
    Handlers(Surroundings& surroundings, net::Method method, std::string path)
        : surroundings_(surroundings), method_(method), path_(std::move(path)) {
        api::all_resources(router_);
    }

    // `line` is a body, or a path, a tab and a body. Returns the text of the answer, valid until the next call.
    const std::string& answer(db::Connection& connection, std::string_view line) {
        const auto tab = line.starts_with('/') ? line.find('\t') : std::string_view::npos;
        const auto match =
            tab == std::string_view::npos ? router_.match(method_, path_) : router_.match(method_, line.substr(0, tab));
        if (match.route == nullptr || match.route->work != api::Work::write) throw std::runtime_error("no such route");
        api::Incoming incoming;
        incoming.path = match.arguments;
        incoming.body = boost::json::parse(std::string(line.substr(tab + 1))).as_object();
        const auto call = match.route->prepare(incoming);
        connection.defer({"SAVEPOINT body"}, {});
        WriteTx tx(connection, surroundings_.caller, surroundings_.instants, surroundings_.ids, surroundings_.random);
        call->run(tx);
        tx.finish();
        connection.defer({"RELEASE body"}, {});
        response_.clear();
        call->reply(response_);
        return response_.body;
    }

private:
    Surroundings& surroundings_;
    net::Method method_;
    std::string path_;
    api::Router router_;
    net::Response response_;
};

inline net::Method method_of(std::string_view name) {
    for (const auto method : {net::Method::post, net::Method::put, net::Method::patch, net::Method::del}) {
        if (net::name_of(method) == name) return method;
    }
    throw std::runtime_error("unknown method");
}

}  // namespace etapa::bench
