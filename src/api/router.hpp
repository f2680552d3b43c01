#pragma once
// The list of all routes, and the match of a request's method and path against it. Each path also answers under the
// prefix `/api`, and with a slash at its end (API facts 1.1, 13).

#include "api/route.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::api {

class Router {
public:
    // Further wishes about the route that was added last.
    class Added {
    public:
        explicit Added(Route& route) : route_(route) {}
        // The route needs no key.
        Added& open() {
            route_.access = Access::open;
            return *this;
        }
        // The answer holds a secret that is shown only here.
        Added& secret() {
            route_.answers_secret = true;
            return *this;
        }
        // A stream token opens the route too.
        Added& or_stream_token() {
            route_.takes_stream_token = true;
            return *this;
        }
        // The answer is of another type than JSON.
        Added& content_type(std::string_view type) {
            route_.content_type = type;
            return *this;
        }
        // The route needs no key: `admit` says whose request it is, or throws. The body is taken as it came, a large
        // one only when `expects` says so before it is read.
        Added& of_provider(void (*admit)(ReadTx& tx, const Incoming& incoming, Caller& caller),
                           bool (*expects)(ReadTx& tx, const Incoming& incoming)) {
            route_.access = Access::provider;
            route_.admit = admit;
            route_.expects = expects;
            return *this;
        }
        // The answer may also come with this status and in this form.
        Added& or_answers(int status, std::string_view content_type) {
            route_.further_answers.emplace_back(status, content_type);
            return *this;
        }
        // Error bodies of this route carry further members (API fact 1.2, E2).
        Added& error_members(std::string_view members) {
            route_.error_members = members;
            return *this;
        }
        // `error` of this route is a literal that existing clients know (API fact 1.2, E1), `message` the sentence.
        Added& error_literals() {
            route_.error_literals = true;
            return *this;
        }

    private:
        Route& route_;
    };

    // A group of routes in the documents.
    struct Resource {
        std::string name;
        std::string about;
    };

    // The routes that follow belong to this resource. `about` is said where the resource is first named.
    void resource(std::string_view name, std::string_view about = {});

    template <class Tx, class R, class... A>
    Added get(std::string_view path, std::string_view summary, R (*handler)(Tx&, A...)) {
        static_assert(std::is_same_v<Tx, ReadTx>, "a GET must not change anything: its handler takes a ReadTx&");
        return add(net::Method::get, path, summary, handler);
    }
    // The one that may: it asks whether the store takes changes, and so stores again what is there.
    template <class R> Added probe(std::string_view path, std::string_view summary, R (*handler)(WriteTx&)) {
        return add(net::Method::get, path, summary, handler);
    }
    template <class R, class... A> Added post(std::string_view path, std::string_view summary,
                                              R (*handler)(WriteTx&, A...)) {
        return add(net::Method::post, path, summary, handler);
    }
    template <class R, class... A> Added put(std::string_view path, std::string_view summary,
                                             R (*handler)(WriteTx&, A...)) {
        return add(net::Method::put, path, summary, handler);
    }
    template <class R, class... A>
    Added patch(std::string_view path, std::string_view summary, R (*handler)(WriteTx&, A...)) {
        return add(net::Method::patch, path, summary, handler);
    }
    template <class R, class... A> Added del(std::string_view path, std::string_view summary,
                                             R (*handler)(WriteTx&, A...)) {
        return add(net::Method::del, path, summary, handler);
    }

    // A GET that needs no transaction and no key: pages, health, metrics.
    struct Page {
        std::string_view path;
        std::string_view summary;
        std::string_view content_type;
        std::string_view schema = R"({"type":"string"})";
    };
    void page(const Page& page, std::function<void(net::Response&)> answer);

    [[nodiscard]] const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }
    [[nodiscard]] const std::vector<Resource>& resources() const { return resources_; }

    struct Match {
        const Route* route = nullptr;        // none: the path is unknown, or known with the methods of `allowed` only
        std::vector<std::string> arguments;  // still percent-encoded
        std::string_view allowed;            // for 405 and OPTIONS: `GET, HEAD, PUT`; empty when the path is unknown
    };
    [[nodiscard]] Match match(net::Method method, std::string_view path) const;

private:
    struct Pattern {
        std::vector<std::string> segments;  // a placeholder is `{}`
        std::vector<const Route*> routes;   // one for each method
        std::string allowed;                // their methods
    };
    using Patterns = std::vector<Pattern>;

    template <class Tx, class R, class... A>
    Added add(net::Method method, std::string_view path, std::string_view summary, R (*handler)(Tx&, A...)) {
        auto route = std::make_unique<Route>();
        route->method = method;
        route->path = path;
        route->summary = summary;
        route->resource = resource_;
        route->work = std::is_same_v<Tx, WriteTx> ? Work::write
                      : detail::many_rows<R>      ? Work::read_rows
                                                  : Work::read_row;
        route->status = detail::status_of<R>;
        if constexpr ((std::is_same_v<std::remove_cvref_t<A>, Upload> || ...)) {
            route->body_bytes_max = Upload::body_bytes_max;
        } else if constexpr ((std::is_same_v<std::remove_cvref_t<A>, RawBody> || ...)) {
            route->body_bytes_max = RawBody::body_bytes_max;
        }
        route->reads_headers =
            ((IsHeader<std::remove_cvref_t<A>>::value || std::is_same_v<std::remove_cvref_t<A>, Site>) || ...);
        route->prepare = [handler](const Incoming& from) -> std::unique_ptr<Call> {
            return std::make_unique<detail::HandlerCall<Tx, R, A...>>(handler, from);
        };
        route->contract = [method, names = placeholders(path)](Schemas& schemas) {
            static_cast<void>(method);  // a handler without arguments does not ask
            Contract contract;
            [[maybe_unused]] std::size_t path_index = 0;
            (detail::add_to_contract<std::remove_cvref_t<A>>(contract, schemas, method, names, path_index), ...);
            contract.answer = detail::answer_schema<R>(schemas);
            if constexpr (requires { R::media_types; }) {
                contract.media_types.assign(R::media_types.begin(), R::media_types.end());
            }
            return contract;
        };
        return Added(keep(std::move(route)));
    }

    Route& keep(std::unique_ptr<Route> route);

    std::string resource_;
    std::vector<Resource> resources_;
    std::vector<std::unique_ptr<Route>> routes_;
    std::map<std::string, Patterns, std::less<>> patterns_;  // by their first segment
};

}  // namespace etapa::api
