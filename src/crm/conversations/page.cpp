#include "crm/conversations/page.hpp"

#include "base/json_read.hpp"
#include "base/problem.hpp"
#include "crm/tags/store.hpp"

#include <boost/json/parse.hpp>

namespace etapa::conversations {
namespace {

// A cursor as the client writes it.
struct CursorText {
    Time last_created_at;
    ConversationId last_id;

    static consteval auto fields() {
        return describe(field("lastCreatedAt", &CursorText::last_created_at, "", required),
                        field("lastId", &CursorText::last_id, "", required));
    }
};

void check(const Wanted& wanted) {
    BadFields bad;
    if (wanted.crm_step_id && !wanted.crm_scenario_id) bad.add("crmStepId", "needs crmScenarioId beside it");
    const auto check_share = [&](std::string path, const std::optional<double>& share) {
        if (share && (*share < 0 || *share > 1)) bad.add(std::move(path), "must be a number from 0 to 1");
    };
    check_share("frustrationMin", wanted.frustration_min);
    check_share("frustrationMax", wanted.frustration_max);
    bad.refuse();
}

void add_own_members(Query& query, const Wanted& wanted) {
    query.add_if(" AND channel = ", wanted.channel)
        .add_if(" AND created_at >= ", wanted.created_at)
        .add_if(" AND created_at <= ", wanted.end_date)
        .add_if(" AND status = ", wanted.status)
        .add_if(" AND priority = ", wanted.priority)
        .add_if(" AND frustration >= ", wanted.frustration_min)
        .add_if(" AND frustration <= ", wanted.frustration_max)
        .add_if(" AND nps_step = ", wanted.nps_step)
        .add_if(" AND nps_rating = ", wanted.nps_rating)
        .add_if(" AND nps_rating >= ", wanted.nps_rating_min)
        .add_if(" AND nps_rating <= ", wanted.nps_rating_max);
    if (wanted.unread) query.add(" AND unread_messages_count > 0");
    if (wanted.ai) query.add(" AND is_ai_enabled = ", *wanted.ai == AiState::enabled);
    if (wanted.nps_completed == true) query.add(" AND nps_completed_at IS NOT NULL");
    if (wanted.nps_completed == false) query.add(" AND nps_completed_at IS NULL");
    if (wanted.ad_source_id) query.add(" AND FALSE");  // no channel reports one yet
}

// A deleted agent is nobody's agent, and a removed member holds nothing, even while a job still clears them.
void add_agent(Query& query, const Wanted& wanted) {
    constexpr Sql agent_exists =
        "EXISTS (SELECT 1 FROM agent WHERE agent.organization_id = conversation.organization_id"
        " AND agent.id = conversation.agent_id AND agent.deleted_at IS NULL)";
    if (!wanted.agent_id) return;
    if (*wanted.agent_id == "null") {
        query.add(" AND NOT ").add(agent_exists);
    } else {
        query.add(" AND agent_id = ", *wanted.agent_id).add(" AND ").add(agent_exists);
    }
}

void add_assignee(Query& query, const Wanted& wanted) {
    constexpr Sql holder_exists =
        "EXISTS (SELECT 1 FROM conversation_assignee AS held JOIN membership AS member"
        " ON member.organization_id = held.organization_id AND member.id = held.membership_id"
        " AND member.deleted_at IS NULL"
        " WHERE held.organization_id = conversation.organization_id AND held.conversation_id = conversation.id";
    if (!wanted.assignee_id) return;
    if (*wanted.assignee_id == "unassigned") {
        query.add(" AND NOT ").add(holder_exists).add(")");
    } else {
        query.add(" AND ").add(holder_exists).add(" AND held.membership_id = ", *wanted.assignee_id).add(")");
    }
}

void add_tag(Query& query, const Wanted& wanted) {
    if (!wanted.tag) return;
    query
        .add(
            " AND EXISTS (SELECT 1 FROM conversation_tag AS tagged"
            " WHERE tagged.organization_id = conversation.organization_id"
            " AND tagged.conversation_id = conversation.id AND tagged.tag = ",
            *wanted.tag)
        .add(tags::is_listed)
        .add(")");
}

// Active means: an available placement on a step that is not deleted, in a scenario that is not deleted.
void add_placement(Query& query, const Wanted& wanted) {
    if (!wanted.crm_scenario_id) return;
    query
        .add(
            " AND EXISTS (SELECT 1 FROM placement AS placed"
            " JOIN step ON step.organization_id = placed.organization_id AND step.id = placed.step_id"
            " AND step.deleted_at IS NULL"
            " JOIN scenario ON scenario.organization_id = placed.organization_id AND scenario.id = placed.scenario_id"
            " AND scenario.deleted_at IS NULL"
            " WHERE placed.organization_id = conversation.organization_id"
            " AND placed.conversation_id = conversation.id AND placed.available AND placed.scenario_id = ",
            *wanted.crm_scenario_id)
        .add_if(" AND placed.step_id = ", wanted.crm_step_id)
        .add(")");
}

}  // namespace

std::string Cursor::text() const { return json::to_text(CursorText{created_at, id}); }

std::expected<Cursor, std::string> Cursor::parse(std::string_view text) {
    boost::json::error_code error;
    const auto value = boost::json::parse({text.data(), text.size()}, error);
    BadFields bad;
    CursorText cursor;
    if (!error && value.is_object()) json::read_members(value.get_object(), json::Source::body, "", cursor, bad);
    if (error || !value.is_object() || !bad.empty()) {
        return std::unexpected(
            "must be JSON such as {\"lastCreatedAt\":\"2026-02-20T14:15:00.000Z\",\"lastId\":\"…\"}");
    }
    return Cursor{cursor.last_created_at, cursor.last_id};
}

std::vector<Conversation> page(ReadTx& tx, const Wanted& wanted) {
    check(wanted);
    Query query("SELECT {columns} FROM conversation WHERE organization_id = ");
    query.add("", tx.organization());
    add_own_members(query, wanted);
    add_agent(query, wanted);
    add_assignee(query, wanted);
    add_tag(query, wanted);
    add_placement(query, wanted);
    if (wanted.cursor) {
        query.add(" AND (created_at, id) < (", wanted.cursor->created_at).add(", ", wanted.cursor->id).add(")");
    }
    query.add(" AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT ", wanted.limit);
    return tx.all<Conversation>(query);
}

}  // namespace etapa::conversations
