#pragma once
// A webhook is an address of the organization that is told what happens. What it is told are deliveries
// (delivery.hpp); this is only whom to tell, what about, and how well that went.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace etapa {

using WebhookId = Id<struct Webhook>;

// paused: it kept failing, so only now and then one delivery tries; disabled: nothing is sent or stored for it.
enum class WebhookState : std::uint8_t { active, paused, disabled };
constexpr auto names(WebhookState) { return std::to_array<std::string_view>({"active", "paused", "disabled"}); }

struct Webhook {
    WebhookId id;
    OrganizationId organization_id;
    Url url;
    std::optional<std::vector<Name>> events;
    std::string secret;  // sealed
    WebhookState state = WebhookState::active;
    std::optional<std::string> state_reason;
    std::int64_t failures = 0;
    Time created_at;
    Time updated_at;

    static constexpr std::string_view schema_name = "Webhook";
    static consteval auto fields() {
        return describe(field("id", &Webhook::id, "Identity of the webhook.", server_set),
                        field("organizationId", &Webhook::organization_id, "Organization that owns it.", server_set),
                        field("url", &Webhook::url, "Address that is told.", required),
                        field("events", &Webhook::events, "Types that it is told about; null: all."),
                        field("secret", &Webhook::secret, "What deliveries are signed with.", internal),
                        field("state", &Webhook::state, "active; paused after many failures; disabled."),
                        field("stateReason", &Webhook::state_reason, "Why it is not active.", server_set),
                        field("failures", &Webhook::failures, "Attempts that failed in a row.", server_set),
                        field("createdAt", &Webhook::created_at, "When it was made.", server_set),
                        field("updatedAt", &Webhook::updated_at, "When it was last changed.", server_set));
    }

    [[nodiscard]] bool wants(std::string_view type) const;
};

}  // namespace etapa
