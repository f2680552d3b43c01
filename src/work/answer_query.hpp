#pragma once
// The answer to a query that was asked with a callbackURL, on its way there.

#include "base/fields.hpp"
#include "base/values.hpp"

namespace etapa::work {

inline constexpr std::string_view answer_query_job = "query.answer";
// How the keys of these jobs begin; the id of the message that asked follows.
inline constexpr std::string_view answer_query_key = "answer:";

struct QueryCallback {
    Url url;
    JsonObject answer;

    static consteval auto fields() {
        return describe(
            field("url", &QueryCallback::url, "Who waits for it."),
            field("answer", &QueryCallback::answer, "What the answer without a callbackURL would have been."));
    }
};

}  // namespace etapa::work
