#pragma once
// The example organization of `etapa serve --demo`: made through the same functions as the API's, so that nothing in it
// could not have been made by a client.

#include "app/app.hpp"

#include <string>

namespace etapa::app {

struct Demo {
    std::string api_key;
    std::string scenario;      // its id
    std::string conversation;  // one in the first step
    std::string timed_step;    // whose timer moves conversations on after a minute
};

// Fills a database that has no organization.
Demo make_demo(App& app);

// What to type next, for a terminal.
std::string introduction(const Demo& demo, const std::string& url);

}  // namespace etapa::app
