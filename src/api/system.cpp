#include "api/system.hpp"

#include "api/openapi.hpp"
#include "base/version.hpp"
#include "crm/organizations/store.hpp"

namespace etapa::api {
namespace {

struct Health {
    std::string status;

    static consteval auto fields() { return describe(field("status", &Health::status, "One word.")); }
};

// Says so only after the store has stored something: a full disk still answers questions. A store that cannot makes it
// a 503.
Health ready(WriteTx& tx) {
    organizations::touch(tx);
    return {"ready"};
}

// Nothing on the page may load, run or frame anything; its own style is all that it needs.
constexpr std::string_view page_policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view page_head = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Etapa</title>
<style>
:root { color-scheme: light dark; --text: #1c2430; --quiet: #5c6675; --line: #d9dee6; --back: #f6f7f9; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
    :root { --text: #e8ebf0; --quiet: #9aa5b5; --line: #323a46; --back: #14181e; --link: #7ab8ff; }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--back); color: var(--text);
    font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 34rem; padding: 2rem; }
h1 { margin: 0; font-size: 2.5rem; letter-spacing: -0.02em; }
h1 small { margin-left: 0.5rem; color: var(--quiet); font-size: 1rem; font-weight: 400; letter-spacing: 0; }
p { color: var(--quiet); }
ul { margin: 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
li { display: flex; justify-content: space-between; gap: 1rem; padding: 0.6rem 0; border-bottom: 1px solid var(--line); }
a { color: var(--link); text-underline-offset: 0.2em; }
span { color: var(--quiet); text-align: right; }
</style>
</head>
<body>
<main>
<h1>Etapa<small>)";

constexpr std::string_view page_rest = R"(</small></h1>
<p>A conversation CRM: scenarios, steps, and the conversations that move through them.</p>
<ul>
<li><a href="/openapi.json">API description</a><span>OpenAPI 3.1</span></li>
<li><a href="/healthz">Health</a><span>the process is alive</span></li>
<li><a href="/readyz">Readiness</a><span>the store takes changes</span></li>
<li><a href="/metrics">Metrics</a><span>for Prometheus</span></li>
</ul>
</main>
</body>
</html>
)";

void write_page(net::Response& response) {
    response.headers.emplace_back("Content-Security-Policy", page_policy);
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    response.body += page_head;
    response.body += version;
    response.body += page_rest;
}

}  // namespace

void system(Router& router, const Metrics& metrics) {
    constexpr std::string_view json = "application/json; charset=utf-8";
    const auto health_schema = Schemas().of_answer<Health>();
    const auto document = std::make_shared<std::string>();
    router.resource("System", "The server itself. These paths need no key.");
    router.page({"/", "A page with links to the others", "text/html; charset=utf-8"}, write_page);
    router.page({"/healthz", "Whether the process is alive", json, health_schema},
                [](net::Response& response) { json::append(response.body, Health{"alive"}); });
    router.probe("/readyz", "Whether the store takes changes", ready).open();
    router.page({"/metrics", "Metrics in the Prometheus text format", "text/plain; version=0.0.4"},
                [&metrics](net::Response& response) { response.body = metrics.text(); });
    router.page({"/openapi.json", "This description", json, R"({"type":"object","additionalProperties":true})"},
                [document](net::Response& response) { response.body = *document; });
    *document = openapi_document(router);
}

}  // namespace etapa::api
