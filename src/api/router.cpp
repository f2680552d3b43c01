#include "api/router.hpp"

#include <algorithm>
#include <span>

namespace etapa::api {
namespace {

std::vector<std::string_view> split(std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    std::vector<std::string_view> segments;
    while (true) {
        const auto slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

// Stands for any one segment in a pattern.
constexpr std::string_view anything = "{}";

bool is_placeholder(std::string_view segment) { return segment.starts_with('{'); }

bool fits(const std::vector<std::string>& pattern, std::span<const std::string_view> segments) {
    return std::ranges::equal(pattern, segments, [](const std::string& wanted, std::string_view segment) {
        return wanted == anything ? !segment.empty() : wanted == segment;
    });
}

std::string methods_of(const std::vector<const Route*>& routes) {
    std::string list;
    for (const Route* route : routes) {
        if (!list.empty()) list += ", ";
        list += net::name_of(route->method);
        if (route->method == net::Method::get) list += ", HEAD";
    }
    return list + ", OPTIONS";
}

}  // namespace

std::vector<std::string> placeholders(std::string_view path) {
    std::vector<std::string> names;
    for (const auto segment : split(path)) {
        if (is_placeholder(segment)) names.emplace_back(segment.substr(1, segment.size() - 2));
    }
    return names;
}

void Router::resource(std::string_view name, std::string_view about) {
    resource_ = name;
    if (std::ranges::find(resources_, name, &Resource::name) != resources_.end()) return;
    resources_.push_back({std::string(name), std::string(about)});
}

void Router::page(const Page& page, std::function<void(net::Response&)> answer) {
    auto route = std::make_unique<Route>();
    route->method = net::Method::get;
    route->path = page.path;
    route->summary = page.summary;
    route->resource = resource_;
    route->access = Access::open;
    route->content_type = page.content_type;
    route->answer = [type = route->content_type, answer = std::move(answer)](net::Response& response) {
        response.content_type = type;
        answer(response);
    };
    route->contract = [schema = std::string(page.schema)](Schemas&) {
        Contract contract;
        contract.answer = schema;
        return contract;
    };
    keep(std::move(route));
}

Route& Router::keep(std::unique_ptr<Route> route) {
    std::vector<std::string> segments;
    for (const auto segment : split(route->path)) segments.emplace_back(is_placeholder(segment) ? anything : segment);
    ensure(segments.front() != anything, "a path begins with a name");
    Patterns& patterns = patterns_[segments.front()];
    auto known = std::ranges::find(patterns, segments, &Pattern::segments);
    if (known == patterns.end()) known = patterns.insert(patterns.end(), {segments, {}, {}});
    ensure(std::ranges::none_of(known->routes, [&](const Route* other) { return other->method == route->method; }),
           "a method and path belong to one route");
    known->routes.push_back(route.get());
    known->allowed = methods_of(known->routes);
    return *routes_.emplace_back(std::move(route));
}

Router::Match Router::match(net::Method method, std::string_view path) const {
    const auto parts = split(path);
    std::span<const std::string_view> segments = parts;
    if (segments.size() > 1 && segments.front() == "api") segments = segments.subspan(1);
    Match match;
    const auto patterns = patterns_.find(segments.front());
    if (patterns == patterns_.end()) return match;
    // A pattern without placeholders wins over one with: `/agents/models` over `/agents/{id}`.
    const Pattern* found = nullptr;
    for (const auto& pattern : patterns->second) {
        if (!fits(pattern.segments, segments)) continue;
        const auto open_segments = [](const Pattern& one) { return std::ranges::count(one.segments, anything); };
        if (found == nullptr || open_segments(pattern) < open_segments(*found)) found = &pattern;
    }
    if (found == nullptr) return match;
    match.allowed = found->allowed;
    const auto wanted = method == net::Method::head ? net::Method::get : method;
    const auto route = std::ranges::find(found->routes, wanted, &Route::method);
    if (route == found->routes.end()) return match;
    match.route = *route;
    for (std::size_t index = 0; index < segments.size(); ++index) {
        if (found->segments[index] == anything) match.arguments.emplace_back(segments[index]);
    }
    return match;
}

}  // namespace etapa::api
