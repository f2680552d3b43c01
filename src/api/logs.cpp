// The history of stays, which the API calls CRM conversation logs. Rows written here are pure records: they never move
// a conversation (R102).
#include "api/resources.hpp"
#include "base/ranges.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/store.hpp"
#include "crm/scenarios/store.hpp"
#include "crm/stays/store.hpp"
#include "crm/steps/store.hpp"

namespace etapa::api {
namespace {

struct LogConversation {
    ConversationId id;
    std::optional<ShortText> title;

    static consteval auto fields() {
        return describe(field("id", &LogConversation::id, "The conversation."),
                        field("title", &LogConversation::title, "Its title."));
    }
};

struct LogScenario {
    ScenarioId id;
    std::optional<Name> name;

    static consteval auto fields() {
        return describe(field("id", &LogScenario::id, "The scenario."), field("name", &LogScenario::name, "Its name."));
    }
};

struct LogStep {
    StepId id;
    std::optional<std::int64_t> position;

    static consteval auto fields() {
        return describe(field("id", &LogStep::id, "The step."),
                        field("index", &LogStep::position, "Its place in the scenario."));
    }
};

// API fact 2.5; the embedded objects are null when what they show is gone (R92).
struct Log {
    Stay stay;
    std::optional<LogConversation> conversation;
    std::optional<LogScenario> scenario;
    std::optional<LogStep> step;

    static constexpr std::string_view schema_name = "CrmConversationLog";
    static consteval auto fields() {
        return describe(spread(&Log::stay), field("conversation", &Log::conversation, "The conversation."),
                        field("scenario", &Log::scenario, "The scenario; null when it was deleted."),
                        field("step", &Log::step, "The step; null when it was deleted."));
    }
};

struct Pagination {
    std::int64_t page = 1;
    std::int64_t limit = 10;
    std::int64_t total = 0;
    std::int64_t total_pages = 0;

    static consteval auto fields() {
        return describe(field("page", &Pagination::page, "This page, from 1."),
                        field("limit", &Pagination::limit, "Rows on a page."),
                        field("total", &Pagination::total, "Rows in all."),
                        field("totalPages", &Pagination::total_pages, "Pages in all."));
    }
};

struct LogPage {
    static constexpr bool many_rows = true;
    std::vector<Log> data;
    Pagination pagination;

    static constexpr std::string_view schema_name = "CrmConversationLogPage";
    static consteval auto fields() {
        return describe(field("data", &LogPage::data, "The rows, newest first."),
                        field("pagination", &LogPage::pagination, "Where the page stands."));
    }
};

struct LogQuery {
    std::optional<ConversationId> conversation_id;
    std::optional<ScenarioId> scenario_id;
    std::optional<StepId> step_id;
    std::optional<StayStatus> status;
    Within<1, 1'000'000'000> page{1};
    AtMost<100> limit{10};

    static consteval auto fields() {
        return describe(field("conversationId", &LogQuery::conversation_id, "Only of this conversation."),
                        field("scenarioId", &LogQuery::scenario_id, "Only in this scenario."),
                        field("stepId", &LogQuery::step_id, "Only in this step."),
                        field("status", &LogQuery::status, "Only with this status."),
                        field("page", &LogQuery::page, "Page, from 1."),
                        field("limit", &LogQuery::limit, "Rows on a page, at most 100; 10 unless told."));
    }
};

struct NewLog {
    ConversationId conversation_id;
    ScenarioId scenario_id;
    StepId step_id;
    StayStatus status = StayStatus::active;

    static constexpr std::string_view schema_name = "CrmConversationLogRecord";
    static consteval auto fields() {
        return describe(field("conversationId", &NewLog::conversation_id, "The conversation.", required),
                        field("scenarioId", &NewLog::scenario_id, "The scenario.", required),
                        field("stepId", &NewLog::step_id, "A step of the scenario.", required),
                        field("status", &NewLog::status, "Status of the row.", required));
    }
};

struct LogChange {
    std::optional<StayStatus> status;

    static constexpr std::string_view schema_name = "CrmConversationLogChange";
    static consteval auto fields() {
        return describe(field("status", &LogChange::status, "The only member that can be changed."));
    }
};

struct LogDeleted {
    std::string message = "Log deleted successfully";

    static consteval auto fields() { return describe(field("message", &LogDeleted::message, "What happened.")); }
};

template <class Entity, class Identity>
const Entity* find_in(const std::vector<Entity>& list, const Identity& id) {
    const auto found = std::ranges::find(list, id, &Entity::id);
    return found == list.end() ? nullptr : &*found;
}

std::vector<Log> logs_of(ReadTx& tx, std::vector<Stay> stays) {
    std::vector<ConversationId> conversation_ids;
    std::vector<ScenarioId> scenario_ids;
    std::vector<StepId> step_ids;
    for (const auto& stay : stays) {
        conversation_ids.push_back(stay.conversation_id);
        scenario_ids.push_back(stay.scenario_id);
        step_ids.push_back(stay.step_id);
    }
    const auto conversations = conversations::find_all(tx, conversation_ids);
    const auto scenarios = scenarios::find_all(tx, scenario_ids);
    const auto steps = steps::find_all(tx, step_ids);
    std::vector<Log> logs;
    for (auto& stay : stays) {
        Log log{.stay = std::move(stay), .conversation = {}, .scenario = {}, .step = {}};
        if (const auto* found = find_in(conversations, log.stay.conversation_id))
            log.conversation = {found->id, found->title};
        if (const auto* found = find_in(scenarios, log.stay.scenario_id)) log.scenario = {found->id, found->name};
        if (const auto* found = find_in(steps, log.stay.step_id)) log.step = {found->id, found->position};
        logs.push_back(std::move(log));
    }
    return logs;
}

Log log_of(ReadTx& tx, const Stay& stay) { return std::move(logs_of(tx, {stay}).front()); }

LogPage list_logs(ReadTx& tx, const LogQuery& wanted) {
    const stays::Filter filter{wanted.conversation_id, wanted.scenario_id, wanted.step_id, wanted.status};
    const std::int64_t limit = wanted.limit.value;
    LogPage page;
    page.data = logs_of(tx, stays::page(tx, filter, limit, (wanted.page.value - 1) * limit));
    page.pagination = {.page = wanted.page.value, .limit = limit, .total = stays::count(tx, filter), .total_pages = 0};
    page.pagination.total_pages = (page.pagination.total + limit - 1) / limit;
    return page;
}

Log get_log(ReadTx& tx, const StayId& id) { return log_of(tx, stays::get(tx, id)); }

// All four values are checked (R103); the referenced objects are stored, so an unknown one is a bad field.
Created<Log> create_log(WriteTx& tx, const NewLog& wanted) {
    BadFields bad;
    const auto conversation = conversations::find(tx, wanted.conversation_id);
    const auto scenario = scenarios::find(tx, wanted.scenario_id);
    const auto step = steps::find(tx, wanted.step_id);
    if (!conversation) bad.add("conversationId", "is not the id of a conversation");
    if (!scenario) bad.add("scenarioId", "is not the id of a scenario");
    if (!step || step->scenario_id != wanted.scenario_id) bad.add("stepId", "is not the id of a step of the scenario");
    bad.refuse();

    Stay stay;
    stay.id = tx.new_id<StayId>();
    stay.organization_id = tx.organization();
    stay.conversation_id = conversation->id;
    stay.scenario_id = scenario->id;
    stay.step_id = step->id;
    stay.status = wanted.status;
    stay.cause = Cause::record;
    stay.actor_kind = tx.caller().actor.kind;
    stay.actor_id = tx.caller().actor.id;
    stay.entry_seq = conversation->entry_seq;
    stay.scenario_name = scenario->name.value;
    stay.step_name = step->name.value;
    stay.step_index = step->position;
    stay.created_at = tx.now();
    stay.updated_at = tx.now();
    stays::append(tx, stay);
    events::publish_created(tx, "log.created", stay);
    return {log_of(tx, stay)};
}

Log change_log(WriteTx& tx, const StayId& id, const LogChange& change) {
    Stay stay = stays::get(tx, id);
    if (change.status && *change.status != stay.status) {
        const Stay before = stay;
        stay.status = *change.status;
        stay.updated_at = tx.now();
        stays::set_status(tx, id, stay.status);
        events::publish_changed(tx, "log.changed", before, stay);
    }
    return log_of(tx, stay);
}

LogDeleted delete_log(WriteTx& tx, const StayId& id) {
    const auto stay = stays::get(tx, id);
    stays::remove(tx, stay.id);
    events::publish_deleted(tx, "log.deleted", stay);
    return {};
}

}  // namespace

void logs(Router& router) {
    router.resource("Conversation logs", "The history of stays: which conversation was in which step, when and why.");
    router.get("/crm/conversationLog", "List stays, newest first", list_logs);
    router.post("/crm/conversationLog", "Record a stay", create_log);
    router.get("/crm/conversationLog/{id}", "Get a stay", get_log);
    router.put("/crm/conversationLog/{id}", "Change the status of a stay's row", change_log);
    router.patch("/crm/conversationLog/{id}", "Change the status of a stay's row", change_log);
    router.del("/crm/conversationLog/{id}", "Delete a stay's row", delete_log);
    router.get("/crm/logs", "List stays, newest first", list_logs);
    router.get("/crm/logs/{id}", "Get a stay", get_log);
}

}  // namespace etapa::api
