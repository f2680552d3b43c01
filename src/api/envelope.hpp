#pragma once
// Answers that wrap what they say, where existing clients expect it (API fact 0, S-list and S-obj; 15.10).

#include "base/fields.hpp"

#include <string>

namespace etapa::api {

// `{data, success}`.
template <class T> struct Enveloped {
    static constexpr bool many_rows = true;
    T data;
    bool success = true;

    static consteval auto fields() {
        return describe(field("data", &Enveloped::data, "The answer."),
                        field("success", &Enveloped::success, "Always true."));
    }
};

// `{success, message}`.
struct Done {
    bool success = true;
    std::string message;

    static constexpr std::string_view schema_name = "Done";
    static consteval auto fields() {
        return describe(field("success", &Done::success, "Always true."),
                        field("message", &Done::message, "What was done, in a sentence."));
    }
};

}  // namespace etapa::api
