#pragma once
// Which addresses may be saved, as a parameter of a handler: `const Outbound& outbound`. The gate fills it in.

#include "base/outbound.hpp"
#include "base/values.hpp"

namespace etapa::api {

struct Outbound {
    const OutboundRules* rules = nullptr;  // null: the public internet only

    [[nodiscard]] bool permits(const Url& url) const { return permits_host(rules, url.host()); }
};

inline constexpr std::string_view not_permitted = "must be an address on the public internet";

}  // namespace etapa::api
