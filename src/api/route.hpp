#pragma once
// A route is an HTTP name for an inside function. The parameter and result types of the function say everything else:
// which transaction it needs, what comes from the path, the query string and the body, and what the answer looks like.

#include "api/header.hpp"
#include "api/outbound.hpp"
#include "api/pages.hpp"
#include "api/site.hpp"
#include "api/upload.hpp"
#include "base/changes.hpp"
#include "base/problem.hpp"
#include "base/schema.hpp"
#include "crm/events/position.hpp"
#include "db/tx.hpp"
#include "net/http.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace etapa {

class Vault;

}  // namespace etapa

namespace etapa::api {

// An answer with status 201.
template <class T> struct Created {
    T value;
};

// An answer with status 204 and no body.
struct Nothing {};

// An answer about something that goes on outside: `settle` looks how far it has got, and is true at its end.
template <class R>
concept Settles = requires(R& result, ReadTx& tx) {
    { result.settle(tx) } -> std::same_as<bool>;
};

// What a route reads its arguments from.
struct Incoming {
    std::vector<std::string> path;  // the decoded values of the placeholders, in order
    boost::json::object query;      // texts, or arrays of texts for repeated names
    boost::json::object body;
    const net::Request* request = nullptr;  // for its headers
    Outbound outbound = {};
    std::string_view public_url = {};
    const Vault* vault = nullptr;
};

// The answer of a route that streams events (api/streams.hpp): those after this position, which may be further back
// than the latest.
struct EventsFrom {
    events::Position position;
    events::Position latest;
};

// What opens and seals the secrets of channels, for handlers that deal with them.
struct Sealing {
    const Vault* vault = nullptr;
};

// One request on its way through a handler: arguments read, then run inside a transaction (perhaps more than once, if
// the transaction is repeated), then the answer written outside of it.
class Call {
public:
    virtual ~Call() = default;
    // `tx` is a WriteTx for routes whose work is Work::write.
    virtual void run(ReadTx& tx) = 0;
    // Asked again and again after a change, for some seconds: whether what the answer tells of has come to its end.
    virtual bool settle(ReadTx& tx) = 0;
    [[nodiscard]] virtual bool may_settle() const = 0;
    // Whether the handler refused, and what it changed stands all the same: `reply` then throws the problem.
    [[nodiscard]] virtual bool has_refused() const { return false; }
    virtual void reply(net::Response& response) const = 0;
    // What follows the body that `reply` wrote, when that is only the beginning.
    [[nodiscard]] virtual std::shared_ptr<const Pages> rest() const { return nullptr; }
    // Of a route that streams events: from where on.
    [[nodiscard]] virtual std::optional<EventsFrom> streams() const { return std::nullopt; }
};

// How much a handler does: a single-row read runs inline on the I/O thread, a longer one on a reader thread.
enum class Work : std::uint8_t { none, read_row, read_rows, write };
// `provider`: the route's own admission tells whose request it is, instead of a key.
enum class Access : std::uint8_t { key, open, provider };

// The body as it came, for routes of providers. Meta's deliveries have up to 3 MB.
struct RawBody {
    static constexpr std::size_t body_bytes_max = 3'145'728;
    std::string_view bytes;
};

struct Parameter {
    enum class Place : std::uint8_t { path, query, header } place;
    std::string name;
    std::string about;
    bool required;
    std::string schema;
};

// The contract of a route, for the OpenAPI document.
struct Contract {
    std::vector<Parameter> parameters;
    std::string body;    // schema; empty when no body is read
    std::string answer;  // schema; empty when there is no body
    std::string body_type = "application/json";
    std::vector<std::string_view> media_types;  // of the answer; empty: that of the route
};

struct Route {
    net::Method method;
    std::string path;  // `/crm/scenario/{id}/conversation`
    std::string summary;
    std::string resource;  // groups the routes in the documents
    Work work = Work::none;
    Access access = Access::key;
    // Of Access::provider: whose request it is, or a Problem; and whether its path and query are worth a larger body.
    void (*admit)(ReadTx& tx, const Incoming& incoming, Caller& caller) = nullptr;
    bool (*expects)(ReadTx& tx, const Incoming& incoming) = nullptr;
    int status = 200;
    std::string content_type = "application/json; charset=utf-8";
    std::size_t body_bytes_max = 0;   // of a request; 0: what all may have
    bool takes_stream_token = false;  // `?token=` opens it too
    bool reads_headers = false;       // its answer depends on them
    bool answers_secret = false;      // what it answers is shown once, and never stored as it is
    std::vector<std::pair<int, std::string>> further_answers;  // status and content type of other forms of the answer
    std::string error_members;    // further members of this route's error bodies, for clients that expect them
    bool error_literals = false;  // `error` is a literal that existing clients know, not the sentence
    std::function<std::unique_ptr<Call>(const Incoming&)> prepare;
    std::function<void(net::Response&)> answer;  // instead of `prepare` when no transaction is needed
    std::function<Contract(Schemas&)> contract;
};

// The names of the placeholders of a path pattern, in order.
std::vector<std::string> placeholders(std::string_view path);

namespace detail {

template <class T> struct IsPatch : std::false_type {};
template <class T> struct IsPatch<Patch<T>> : std::true_type {
    using Entity = T;
};
template <class T> struct IsNew : std::false_type {};
template <class T> struct IsNew<New<T>> : std::true_type {
    using Entity = T;
};
template <class T> struct IsCreated : std::false_type {};
template <class T> struct IsCreated<Created<T>> : std::true_type {};
template <class T> struct IsVariant : std::false_type {};
template <class... T> struct IsVariant<std::variant<T...>> : std::true_type {};
// A problem that a handler returns, instead of throwing it, leaves what the transaction has changed.
template <class T> struct IsExpected : std::false_type {};
template <class T> struct IsExpected<std::expected<T, Problem>> : std::true_type {};

// Results that write more of the answer than a JSON body; `Shape` is what their JSON form shows.
template <class T>
concept WritesAnswer = requires(const T& result, net::Response& response) { result.write(response); };

template <class R> inline constexpr int status_of = IsCreated<R>::value ? 201 : std::is_same_v<R, Nothing> ? 204 : 200;

// True when the answer may hold many rows.
template <class T> inline constexpr bool many_rows = is_vector<T> || IsVariant<T>::value || requires { T::many_rows; };

template <class A> A take_argument(const Incoming& from, std::size_t& path_index) {
    if constexpr (TextLike<A>) {
        const auto& text = from.path.at(path_index++);
        auto parsed = A::parse(text);
        if (!parsed) throw not_found("object", text);
        return *std::move(parsed);
    } else if constexpr (std::is_same_v<A, Sealing>) {
        return Sealing{from.vault};
    } else if constexpr (std::is_same_v<A, Site>) {
        return from.request == nullptr ? Site{} : Site::of(from.public_url, *from.request);
    } else if constexpr (std::is_same_v<A, RawBody>) {
        return from.request == nullptr ? RawBody{} : RawBody{from.request->body};
    } else if constexpr (IsHeader<A>::value) {
        if (from.request == nullptr) return {};
        const auto& sent = from.request->headers;
        const auto found = std::ranges::find(sent, A::name, &std::pair<std::string, std::string>::first);
        return {found == sent.end() ? std::nullopt : std::optional(found->second)};
    } else if constexpr (std::is_same_v<A, Upload>) {
        return Upload::read(*from.request);
    } else if constexpr (std::is_same_v<A, Outbound>) {
        return from.outbound;
    } else if constexpr (IsPatch<A>::value || IsNew<A>::value) {
        return A(from.body);
    } else {
        static_assert(Described<A>,
                      "a handler's parameter is an id, a New<T>, a Patch<T>, a Header or a described struct");
        A arguments;
        BadFields bad;
        boost::json::object members = from.body;
        for (const auto& [name, value] : from.query) members.insert_or_assign(name, value);
        const auto source = from.query.empty() ? json::Source::body : json::Source::query;
        json::read_members(members, source, "", arguments, bad);
        bad.refuse();
        return arguments;
    }
}

template <class A> void refuse_bad(const A& argument) {
    if constexpr (IsPatch<A>::value || IsNew<A>::value) argument.bad().refuse();
}

template <class R> void append_answer(std::string& out, const R& result) {
    if constexpr (std::is_same_v<R, Nothing> || std::is_same_v<R, EventsFrom>) {
        return;
    } else if constexpr (IsCreated<R>::value) {
        json::append(out, result.value);
    } else if constexpr (IsExpected<R>::value) {
        json::append(out, *result);
    } else if constexpr (IsVariant<R>::value) {
        std::visit([&](const auto& one) { json::append(out, one); }, result);
    } else {
        json::append(out, result);
    }
}

template <class Tx, class R, class... A> class HandlerCall final : public Call {
public:
    using Handler = R (*)(Tx&, A...);

    HandlerCall(Handler handler, const Incoming& from) : handler_(handler), arguments_(read(from)) {}

    void run(ReadTx& tx) override {
        std::apply(
            [&](const auto&... argument) {
                result_ = handler_(static_cast<Tx&>(tx), argument...);
                (refuse_bad(argument), ...);  // a handler that forgot to refuse still changes nothing
            },
            arguments_);
    }

    bool settle([[maybe_unused]] ReadTx& tx) override {
        if constexpr (Settles<R>) return result_->settle(tx);
        return true;
    }

    [[nodiscard]] bool may_settle() const override { return Settles<R>; }

    [[nodiscard]] bool has_refused() const override {
        if constexpr (IsExpected<R>::value) return !result_->has_value();
        return false;
    }

    void reply(net::Response& response) const override {
        if (has_refused()) throw_refusal();
        response.status = status_of<R>;
        if constexpr (WritesAnswer<R>) {
            result_->write(response);
        } else {
            append_answer(response.body, *result_);
        }
    }

    [[nodiscard]] std::shared_ptr<const Pages> rest() const override {
        if constexpr (std::is_base_of_v<Paged, R>) return result_->rest;
        return nullptr;
    }

    [[nodiscard]] std::optional<EventsFrom> streams() const override {
        if constexpr (std::is_same_v<R, EventsFrom>) return result_;
        return std::nullopt;
    }

private:
    using Arguments = std::tuple<std::remove_cvref_t<A>...>;

    void throw_refusal() const {
        if constexpr (IsExpected<R>::value) throw Problem(result_->error());
    }

    static Arguments read([[maybe_unused]] const Incoming& from) {
        [[maybe_unused]] std::size_t path_index = 0;
        return Arguments{take_argument<std::remove_cvref_t<A>>(from, path_index)...};  // braces: left to right
    }

    Handler handler_;
    Arguments arguments_;
    std::optional<R> result_;
};

template <class R> std::string answer_schema(Schemas& schemas) {
    if constexpr (std::is_same_v<R, Nothing>) {
        return {};
    } else if constexpr (requires { typename R::Shape; }) {
        return schemas.of_answer<typename R::Shape>();
    } else if constexpr (WritesAnswer<R> || std::is_same_v<R, EventsFrom>) {
        return R"({"type":"string"})";
    } else if constexpr (IsCreated<R>::value) {
        return schemas.of_answer<decltype(R::value)>();
    } else if constexpr (IsExpected<R>::value) {
        return schemas.of_answer<typename R::value_type>();
    } else if constexpr (IsVariant<R>::value) {
        return []<class... T>(Schemas& all, std::type_identity<std::variant<T...>>) {
            std::string list;
            ((list += (list.empty() ? "" : ",") + all.of_answer<T>()), ...);
            return R"({"anyOf":[)" + list + "]}";
        }(schemas, std::type_identity<R>{});
    } else {
        return schemas.of_answer<R>();
    }
}

template <class A>
void add_to_contract(Contract& contract, Schemas& schemas, net::Method method, const std::vector<std::string>& names,
                     std::size_t& path_index) {
    if constexpr (TextLike<A>) {
        contract.parameters.push_back(
            {Parameter::Place::path, names.at(path_index++), "", true, schemas.of_parameter<A>()});
    } else if constexpr (IsHeader<A>::value) {
        contract.parameters.push_back(
            {Parameter::Place::header, std::string(A::name), "", false, R"({"type":"string"})"});
    } else if constexpr (std::is_same_v<A, Upload>) {
        contract.body = Upload::schema;
        contract.body_type = "multipart/form-data";
    } else if constexpr (std::is_same_v<A, Outbound>) {
        return;  // nothing of the request
    } else if constexpr (std::is_same_v<A, Sealing> || std::is_same_v<A, Site>) {
        return;  // nothing of the request
    } else if constexpr (std::is_same_v<A, RawBody>) {
        contract.body = R"({"type":"object","additionalProperties":true})";
    } else if constexpr (IsNew<A>::value) {
        contract.body = schemas.of_creation<typename IsNew<A>::Entity>();
    } else if constexpr (IsPatch<A>::value) {
        contract.body = schemas.of_changes<typename IsPatch<A>::Entity>(names.empty() ? Schemas::Identity::in_body
                                                                                      : Schemas::Identity::in_path);
    } else if (method == net::Method::get || method == net::Method::del) {
        for_each_field<A>([&]<class F>(const F& field) {
            contract.parameters.push_back({Parameter::Place::query, std::string(field.name), std::string(field.about),
                                           method == net::Method::get && field.is(required),
                                           schemas.of_parameter<typename F::Type>()});
        });
        if (method == net::Method::del) contract.body = schemas.of_creation<A>();
    } else {
        contract.body = schemas.of_creation<A>();
    }
}

}  // namespace detail

}  // namespace etapa::api
