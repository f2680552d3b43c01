#pragma once
// What commands that work on a database share. They may run beside a server on the same file.

#include "app/command_line.hpp"
#include "app/config.hpp"
#include "app/surroundings.hpp"
#include "base/alarm.hpp"
#include "base/json_write.hpp"
#include "db/database.hpp"

#include <iostream>
#include <string>

namespace etapa::app {

// A database opened for one command. Its schema must be up to date.
struct Opened {
    explicit Opened(const std::string& url)
        : alarm(surroundings.clock), database(surroundings.env, {.url = url}, alarm) {}

    Surroundings surroundings;
    Alarm alarm;
    Database database;
};

// One line of JSON on standard output.
template <class T> void print(const T& result) { std::cout << json::to_text(result) << '\n'; }

}  // namespace etapa::app
