#pragma once
// Pages of conversations, newest first: what a client may filter by (API fact 7.1) and where the page before ended.

#include "crm/conversations/conversation.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <vector>

namespace etapa::conversations {

// The last row of a page. Clients build it themselves, as JSON, from that row's `createdAt` and `id` (API fact 1.4).
struct Cursor {
    Time created_at;
    ConversationId id;

    [[nodiscard]] std::string text() const;
    static std::expected<Cursor, std::string> parse(std::string_view text);
    static constexpr std::string_view schema = R"("type":"string","contentMediaType":"application/json")";
};

enum class AiState : std::uint8_t { enabled, disabled };
constexpr auto names(AiState) { return std::to_array<std::string_view>({"enabled", "disabled"}); }

// Every filter narrows the page. What exists nowhere, or in another organization, matches nothing.
struct Wanted {
    std::optional<std::string> agent_id;
    std::optional<Channel> channel;
    std::optional<Time> created_at;
    std::optional<Time> end_date;
    std::optional<ConversationStatus> status;
    std::optional<Priority> priority;
    std::optional<std::string> assignee_id;
    bool unread = false;
    std::optional<std::string> tag;
    std::optional<AiState> ai;
    std::optional<std::string> ad_source_id;
    std::optional<ScenarioId> crm_scenario_id;
    std::optional<StepId> crm_step_id;
    std::optional<double> frustration_min;
    std::optional<double> frustration_max;
    std::optional<std::int64_t> nps_step;
    std::optional<std::int64_t> nps_rating;
    std::optional<std::int64_t> nps_rating_min;
    std::optional<std::int64_t> nps_rating_max;
    std::optional<bool> nps_completed;
    AtMost<100> limit{25};
    std::optional<Cursor> cursor;

    static consteval auto fields() {
        return describe(
            field("agentId", &Wanted::agent_id, "The conversation's agent; the text `null`: none."),
            field("channel", &Wanted::channel, "Where the end user writes."),
            field("createdAt", &Wanted::created_at, "Created at or after. A date alone means its first instant, UTC."),
            field("endDate", &Wanted::end_date, "Created at or before."), field("status", &Wanted::status, "Status."),
            field("priority", &Wanted::priority, "Priority."),
            field("assigneeId", &Wanted::assignee_id, "A membership that holds it; `unassigned`: nobody does."),
            field("unread", &Wanted::unread, "true: only with unread messages."),
            field("tag", &Wanted::tag, "A tag on it."), field("ai", &Wanted::ai, "Whether the AI is on."),
            field("adSourceId", &Wanted::ad_source_id, "Advertisement that it came from."),
            field("crmScenarioId", &Wanted::crm_scenario_id, "Scenario in which it is active."),
            field("crmStepId", &Wanted::crm_step_id, "Step at which it is active; only with crmScenarioId."),
            field("frustrationMin", &Wanted::frustration_min, "Least frustration, from 0 to 1."),
            field("frustrationMax", &Wanted::frustration_max, "Most frustration, from 0 to 1."),
            field("npsStep", &Wanted::nps_step, "Progress of the satisfaction survey."),
            field("npsRating", &Wanted::nps_rating, "Exact rating."),
            field("npsRatingMin", &Wanted::nps_rating_min, "Least rating."),
            field("npsRatingMax", &Wanted::nps_rating_max, "Most rating."),
            field("npsCompleted", &Wanted::nps_completed, "Whether the survey was completed."),
            field("limit", &Wanted::limit, "Size of the page; above 100 means 100."),
            field("cursor", &Wanted::cursor,
                  "Last row of the page before, as JSON: {\"lastCreatedAt\": its createdAt, \"lastId\": its id}."));
    }
};

// Throws the 400 for filters that make no sense together or are out of range.
std::vector<Conversation> page(ReadTx& tx, const Wanted& wanted);

}  // namespace etapa::conversations
