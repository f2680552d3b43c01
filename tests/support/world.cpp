#include "support/world.hpp"

#include "api/openapi.hpp"
#include "api/system.hpp"
#include "crm/organizations/found.hpp"
#include "db/migrate.hpp"
#include "support/schema_check.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace etapa::tests {
namespace {

net::Method method_from(std::string_view name) {
    for (const auto method : {net::Method::get, net::Method::head, net::Method::post, net::Method::put,
                              net::Method::patch, net::Method::del, net::Method::options}) {
        if (net::name_of(method) == name) return method;
    }
    return net::Method::other;
}

DatabaseSettings settings_for(const std::string& url) {
    DatabaseSettings settings;
    settings.url = url;
    settings.postgres_writers = 4;  // connecting takes longer than most tests
    settings.postgres_readers = 1;
    return settings;
}

api::Router all_routes(const Metrics& metrics) {
    api::Router router;
    api::all_resources(router);
    api::system(router, metrics);
    return router;
}

// The routes of every World are the same, so their description is read once.
const ApiDescription& description_of(const api::Router& router) {
    static const ApiDescription description(api::openapi_document(router));
    return description;
}

}  // namespace

boost::json::value Answer::at(std::string_view path) const {
    boost::json::value value = json;
    while (!path.empty()) {
        const auto dot = path.find('.');
        const auto name = path.substr(0, dot);
        path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
        if (value.is_array()) {
            const auto index = std::stoul(std::string(name));
            if (index >= value.get_array().size()) return nullptr;
            value = boost::json::value(value.get_array()[index]);
        } else if (value.is_object() && value.get_object().contains(name)) {
            value = boost::json::value(value.get_object()[name]);
        } else {
            return nullptr;
        }
    }
    return value;
}

std::string Answer::text(std::string_view path) const {
    const auto value = at(path);
    EXPECT_TRUE(value.is_string()) << path << " of " << body;
    return value.is_string() ? std::string(value.get_string()) : std::string();
}

std::vector<std::string> Answer::bad_fields() const {
    std::vector<std::string> paths;
    const auto fields = at("fields");
    if (!fields.is_array()) return paths;
    for (const auto& field : fields.get_array()) paths.emplace_back(field.at("path").get_string());
    return paths;
}

World::World() : database_settings_(settings_for(store_.url())), router_(all_routes(metrics_)) {
    start();
    key_ = new_organization("Acme", "owner@acme.example", caller_);
}

World::~World() = default;

void World::start() {
    work::CourierSettings settings;
    settings.providers = {&vault_, "https://graph.facebook.com/v21.0", public_url};
    courier_.emplace(env_, internet_, std::move(settings));
    db::migrate(env_, store_.url());
    database_ = std::make_unique<Database>(env_, database_settings_, alarm_);
    gate_.emplace(env_, *database_, router_);
    gate_->use(vault_);
    runner_.emplace(env_, *database_, alarm_, *courier_, work::Retention{.events = seconds(90LL * 86'400)});
}

void World::stop() {
    runner_.reset();
    gate_.reset();
    database_.reset();
    courier_.reset();
}

std::string World::new_organization(std::string_view name, std::string_view email, Caller& caller) {
    caller.organization = {IdMaker(random_).next(clock_.now())};
    auto found = [&](WriteTx& tx) {
        return organizations::found(tx, Name{std::string(name)}, Email{std::string(email)}, {});
    };
    return database_->write_now(caller, found).api_key;
}

Answer World::call(std::string_view method, std::string_view target, std::string_view body) {
    return call_as(key_, method, target, body);
}

Answer World::call_as(std::string_view key, std::string_view method, std::string_view target, std::string_view body) {
    return send(request(key, method, target, body));
}

net::Request World::request(std::string_view key, std::string_view method, std::string_view target,
                            std::string_view body) {
    net::Request request;
    request.method = method_from(method);
    const auto question_mark = target.find('?');
    request.path = target.substr(0, question_mark);
    if (question_mark != std::string_view::npos) request.query = target.substr(question_mark + 1);
    request.body = body;
    request.has_body = !body.empty();
    request.content_type = "application/json";
    if (body.starts_with("--")) {
        request.content_type = "multipart/form-data";
        const auto boundary = std::string(body.substr(2, body.find('\r') - 2));
        request.headers.emplace_back("content-type", "multipart/form-data; boundary=" + boundary);
    }
    if (!key.empty()) request.authorization = "Bearer " + std::string(key);
    request.request_id = "test";
    return request;
}

Answer World::send(net::Request request) {
    net::Response response;
    gate_->serve_now(request, response);
    Answer answer{response.status, response.body, nullptr, response.headers};
    boost::json::error_code error;
    answer.json = boost::json::parse(answer.body, error);
    if (error) answer.json = nullptr;
    for (const auto& misfit : description_of(router_).misfits(request, response)) {
        ADD_FAILURE() << net::name_of(request.method) << ' ' << request.path << " answered " << answer.status << ' '
                      << answer.body << "\nbut docs/openapi.json: " << misfit;
    }
    return answer;
}

Answer World::good(std::string_view method, std::string_view target, std::string_view body) {
    auto answer = call(method, target, body);
    EXPECT_EQ(answer.status / 100, 2) << method << ' ' << target << ' ' << body << " answered " << answer.body;
    return answer;
}

std::vector<std::string> World::new_events() {
    std::vector<std::string> types;
    while (true) {
        const auto after = events_after_.empty() ? std::string() : "after=" + events_after_;
        const auto page = good("GET", "/events?" + after);
        events_after_ = page.text("cursor");
        const auto rows = page.at("data");
        for (const auto& event : rows.get_array()) types.emplace_back(event.at("type").get_string());
        if (rows.get_array().empty()) return types;
    }
}

void World::pass(Duration span) {
    clock_.advance(span);
    run_jobs();
}

std::string World::second_organization_key() {
    Caller other;
    return new_organization("Rival", "owner@rival.example", other);
}

std::string World::scenario(std::string_view name) {
    return good("POST", "/crm/scenario", R"({"name":")" + std::string(name) + R"("})").text("id");
}

std::string World::step(std::string_view scenario, std::string_view name, std::string_view members) {
    std::string body = R"({"scenarioId":")" + std::string(scenario) + R"(","name":")" + std::string(name) + '"';
    if (members.find(R"("prompt")") == std::string_view::npos) body += R"(,"prompt":"Be kind")";
    if (!members.empty()) body += ',' + std::string(members);
    return good("POST", "/crm/step", body + '}').text("id");
}

std::string World::conversation(std::string_view members) {
    return good("POST", "/conversation", '{' + std::string(members) + '}').text("id");
}

std::string World::member(std::string_view email) {
    const auto address = std::string(email);
    return good("POST", "/memberships", R"({"email":")" + address + R"(","name":")" + address + R"(","role":"USER"})")
        .text("id");
}

void World::place(std::string_view conversation, std::string_view step) {
    good("POST", "/crm/step/conversation",
         R"({"conversationId":")" + std::string(conversation) + R"(","stepId":")" + std::string(step) + R"("})");
}

void World::move(std::string_view conversation, std::string_view step) {
    good("POST", "/crm/step/move",
         R"({"conversationId":")" + std::string(conversation) + R"(","destStepId":")" + std::string(step) + R"("})");
}

}  // namespace etapa::tests
