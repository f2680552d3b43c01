#pragma once
// The answer that was given under an Idempotency-Key. It commits together with what the request did, so a repeated
// request finds either both or neither.

#include "base/fields.hpp"
#include "base/time.hpp"
#include "base/values.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace etapa {

struct IdempotencyRecord {
    std::string request_hash;  // of method, path and body
    std::int64_t status = 0;
    std::string content_type;  // empty: JSON
    std::string body;
    std::optional<Time> settles_until;  // what it tells of may come to its end until then, and it be recorded anew

    static consteval auto fields() {
        return describe(field("requestHash", &IdempotencyRecord::request_hash, "Which request."),
                        field("status", &IdempotencyRecord::status, "The status of its answer."),
                        field("contentType", &IdempotencyRecord::content_type, "The media type of its answer."),
                        field("body", &IdempotencyRecord::body, "The body of its answer."),
                        field("settlesUntil", &IdempotencyRecord::settles_until, "When its answer is final."));
    }
};

}  // namespace etapa
