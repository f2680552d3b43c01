// What makes a step storable (R4, R31, R48, R57, R69), beyond the rules of its single members.
#include "base/ranges.hpp"
#include "crm/agents/store.hpp"
#include "crm/people/store.hpp"
#include "crm/steps/store.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cctype>

namespace etapa::steps {
namespace {

using Memberships = std::optional<std::vector<MembershipId>>;

// One judgement of a step; every part adds what it finds wrong.
struct Judged {
    ReadTx& tx;
    const Step& step;
    const NamedMembers& named;
    BadFields& bad;

    // Adds nothing about a member that is known to be wrong already.
    void blame(std::string path, std::string message) const {
        if (!bad.names(path)) bad.add(std::move(path), std::move(message));
    }
};

bool is_blank(const std::optional<LongText>& text) { return !text || text->blank(); }

// The entry step is entered without a trigger (R3), so changes may leave both blank there.
void judge_instruction(const Judged& judged, Storing how) {
    if (how == Storing::changed && judged.step.position == 0) return;
    if (judged.bad.names("trigger") || judged.bad.names("prompt")) return;
    if (!is_blank(judged.step.trigger) || !is_blank(judged.step.prompt)) return;
    judged.blame("trigger", "must not be blank when prompt is blank");
    judged.blame("prompt", "must not be blank when trigger is blank");
}

void judge_agent(const Judged& judged, std::string path, const std::optional<AgentId>& agent) {
    if (path.empty() || !agent || agents::exists(judged.tx, *agent)) return;
    judged.blame(std::move(path), "must be an agent of this organization");
}

void judge_agents(const Judged& judged) {
    const auto& [tx, step, named, bad] = judged;
    judge_agent(judged, named.has("agentId") ? "agentId" : "", step.agent_id);
    if (step.zapi) judge_agent(judged, named.path("zapi", "agentId"), step.zapi->agent_id);
    if (step.whatsapp) judge_agent(judged, named.path("whatsapp", "templateAgentId"), step.whatsapp->template_agent_id);
}

void judge_members(const Judged& judged, std::string_view path, const Memberships& list) {
    if (!judged.named.has(path) || !list) return;
    const auto known = people::find_all(judged.tx, *list);
    std::string unknown;
    for (const auto& id : *list) {
        if (!contains(known, id, &Membership::id)) unknown += (unknown.empty() ? " '" : ", '") + id.value + '\'';
    }
    if (!unknown.empty()) judged.blame(std::string(path), "must be memberships of this organization, unlike" + unknown);
}

bool chooses_from_list(const Step& step) {
    return step.assignee_logic_type && *step.assignee_logic_type != AssigneeLogic::none &&
           *step.assignee_logic_type != AssigneeLogic::clear;
}

void judge_assignment(const Judged& judged) {
    constexpr std::string_view selected = "selectedMembershipIdsForAssignee";
    const auto& list = judged.step.selected_membership_ids_for_assignee;
    judge_members(judged, selected, list);
    judge_members(judged, "fallbackMembershipIds", judged.step.fallback_membership_ids);
    if (!judged.named.has("assigneeLogicType") && !judged.named.has(selected)) return;
    if (!chooses_from_list(judged.step) || (list && !list->empty())) return;
    judged.blame(std::string(selected),
                 "must name at least one membership for " + std::string(name_of(*judged.step.assignee_logic_type)));
}

void judge_target(const Judged& judged) {
    const auto& target = judged.step.auto_next_step_id;
    if (!target || !judged.named.has("autoNextStepId") || judged.step.scenario_id.empty()) return;
    if (*target == judged.step.id) return judged.blame("autoNextStepId", "must not be the step itself");
    const auto found = find(judged.tx, *target);
    if (found && found->scenario_id == judged.step.scenario_id) return;
    judged.blame("autoNextStepId", "must be a step of the same scenario");
}

void judge_span(const Judged& judged) {
    constexpr Duration span_max = seconds(366LL * 86'400);
    const bool time_named = judged.named.has("autoNextTime");
    if (!time_named && !judged.named.has("autoNextTimeUnit")) return;
    if (judged.bad.names("autoNextTime") || judged.bad.names("autoNextTimeUnit")) return;
    if (auto_next_span(judged.step) <= span_max) return;
    judged.blame(time_named ? "autoNextTime" : "autoNextTimeUnit", "must give at most 366 days in all");
}

bool is_token(std::string_view name) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::ranges::all_of(name, [&](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) != 0 || contains(marks, static_cast<char>(c)));
    });
}

bool is_header_value(const boost::json::value& value) {
    if (!value.is_string()) return false;
    return std::ranges::none_of(value.get_string(),
                                [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7F; });
}

void judge_webhook(const Judged& judged) {
    const auto& [tx, step, named, bad] = judged;
    if (!named.has("webhookHeader") || !step.webhook_header) return;
    const auto headers = boost::json::parse(step.webhook_header->value).get_object();
    for (const auto& [name, value] : headers) {
        if (is_token(name) && is_header_value(value)) continue;
        return judged.blame("webhookHeader", "must hold HTTP header names with texts of one line");
    }
}

}  // namespace

Step normalized(Step step) {
    if (step.zapi == ZapiNotice{}) step.zapi.reset();
    if (step.whatsapp == WhatsappTemplate{}) step.whatsapp.reset();
    return step;
}

void check(ReadTx& tx, const Step& step, Storing how, const NamedMembers& named, BadFields& bad) {
    const Judged judged{tx, step, named, bad};
    judge_instruction(judged, how);
    judge_agents(judged);
    judge_assignment(judged);
    judge_target(judged);
    judge_span(judged);
    judge_webhook(judged);
}

}  // namespace etapa::steps
