#include "app/app.hpp"
#include "app/commands/command.hpp"
#include "app/demo.hpp"
#include "crm/organizations/store.hpp"
#include "db/url.hpp"

#include <csignal>
#include <iostream>
#include <pthread.h>

namespace etapa::app {
namespace {

// SIGTERM and SIGINT, taken by the main thread when it asks for them. Blocked before any other thread begins, so that
// none of those is interrupted.
class StopSignals {
public:
    StopSignals() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGINT);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        // A log that nobody reads any more must not end the server.
        std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): cannot fail for a valid signal
    }

    // From now on a second signal ends the process at once.
    void wait() {
        int signal = 0;
        sigwait(&signals_, &signal);
        pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
    }

private:
    sigset_t signals_{};
};

bool is_empty(Database& database) {
    const Caller operator_of_this_machine{};
    auto none = [](ReadTx& tx) { return !organizations::any(tx); };
    return database.read_now(operator_of_this_machine, none);
}

void greet(App& app, const Settings& settings) {
    std::cout << "Etapa serves " << app.url() << '\n';
    if (is_empty(app.database())) {
        if (settings.demo) {
            std::cout << introduction(make_demo(app), app.public_url());
        } else {
            std::cout
                << "The database has no organization yet. Create one with a first API key by typing:\n\n  etapa init "
                   "--database "
                << db::shown(settings.database) << " --organization \"My company\" --owner-email me@example.com\n\n";
        }
    }
    std::cout.flush();
}

void serve_until_stopped(CommandLine& line) {
    const Settings settings = read_settings(line);
    StopSignals stop;
    App app(settings);
    greet(app, settings);
    stop.wait();
}

}  // namespace

extern const Command serve{.name = "serve",
                           .about = "Serves the API until it gets SIGTERM or SIGINT",
                           .example = "etapa serve --database sqlite:data/etapa.db --listen 127.0.0.1:8080",
                           .run = serve_until_stopped};

}  // namespace etapa::app
