#include "support/examples.hpp"

#include <boost/json/parse.hpp>

#include <array>
#include <functional>

namespace etapa::tests {
namespace {

constexpr std::string_view new_channel =
    R"({"type":"whatsapp","phoneNumberId":"106540352242922","phoneNumber":"15550783881","accessToken":"access",)"
    R"("appSecret":"secret","webhookVerifyToken":"verify"})";

constexpr std::string_view full_step =
    R"({"name":"Won","scenarioId":"{scenario}","trigger":"price","prompt":"Close","initialMessage":"Hi",)"
    R"("autoNextStepId":"{step=400}","autoNextTime":5,"autoNextTimeUnit":"m","defaultStatus":"UNRESOLVED",)"
    R"("defaultPriority":"HIGH","defaultAiControl":true,"assigneeLogicType":"fair_distribution_selected",)"
    R"("selectedMembershipIdsForAssignee":["{member=400}"],"fallbackMembershipIds":["{other_member=400}"],)"
    R"("isRequired":true,"defaultTags":["new"],"defaultTagsToRemove":["old"],"requestContact":{"name":true},)"
    R"("zapi":{"agentId":"{agent=400}","phoneNumber":"1","message":"Look"},)"
    R"("whatsapp":{"templateAgentId":"{agent=400}","templateName":"t"},)"
    R"("webhookUrl":"https://example.com/hook","webhookHeader":{"X-A":"b"},"agentId":"{agent=400}"})";

constexpr std::string_view flat_step_changes =
    R"({"id":"{step}","name":"Won","autoNextStepId":"{other_step=400}","autoNextTime":60,"agentId":"{agent=400}",)"
    R"("assigneeLogicType":"single_user","selectedMembershipIdsForAssignee":["{member=400}"],)"
    R"("zapiAgentId":"{agent=400}","whatsappTemplateAgentId":"{agent=400}"})";

constexpr std::string_view form =
    "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nHi\r\n--XX--\r\n";

constexpr std::array all{
    Example{"GET", "/organization", "/organization"},

    Example{"GET", "/memberships", "/memberships"},
    Example{"POST", "/memberships", "/memberships", R"({"email":"{address=0}","name":"Ana","role":"ADMIN"})", 201},
    Example{"PATCH", "/memberships/{id}", "/memberships/{member}", R"({"name":"Bea","role":"USER"})"},
    Example{"DELETE", "/memberships/{id}", "/memberships/{member}"},

    Example{"GET", "/agents", "/agents?limit=5&offset=0"},
    Example{"POST", "/agents", "/agents", R"({"name":"Ana","tools":[{"type":"http","config":{}}]})"},
    Example{"GET", "/agents/{id}", "/agents/{agent}"},
    Example{"PATCH", "/agents/{id}", "/agents/{agent}", R"({"description":"Sells","temperature":0.5})"},
    Example{"DELETE", "/agents/{id}", "/agents/{agent}"},
    Example{"GET", "/agents/{id}/crm-config", "/agents/{agent}/crm-config"},
    Example{"POST", "/agents/{id}/crm-config", "/agents/{agent}/crm-config",
            R"({"scenarioId":"{scenario=400}","stepId":"{step=400}"})"},
    Example{"POST", "/agents/{id}/query", "/agents/{agent}/query",
            R"({"query":"Hello","contactId":"{contact=400}","visitorId":"v1"})"},
    Example{"POST", "/agents/{id}/query", "/agents/{agent}/query",
            R"({"query":"Hello","conversationId":"{conversation=200}","contact":{"email":"cem@x.example"}})"},

    Example{"GET", "/agents/{id}/channels", "/agents/{agent}/channels"},
    Example{"POST", "/agents/{id}/channels", "/agents/{agent}/channels", new_channel, 201},
    Example{"DELETE", "/agents/{id}/channels", "/agents/{connected_agent}/channels", R"({"id":"{channel}"})"},
    Example{"DELETE", "/agents/{id}/channels/{channelId}", "/agents/{connected_agent}/channels/{channel}"},
    Example{"PATCH", "/agents/{id}/webhook", "/agents/{connected_agent}/webhook?type=whatsapp&enabled=false"},
    Example{"GET", "/integrations/whatsapp/webhook",
            "/integrations/whatsapp/"
            "webhook?service_provider_id={channel=0}&hub.mode=subscribe&hub.verify_token=verify&hub.challenge=7"},
    Example{"POST", "/integrations/whatsapp/webhook", "/integrations/whatsapp/webhook?service_provider_id={channel=0}",
            R"({"entry":[]})", 401},
    Example{"POST", "/integrations/api/webhook", "/integrations/api/webhook?service_provider_id={channel=0}",
            R"({"messages":[]})", 401},

    Example{"GET", "/crm/scenario", "/crm/scenario?agentId={agent=200}"},
    Example{"POST", "/crm/scenario", "/crm/scenario", R"({"name":"Sales","description":"All of it"})", 201},
    Example{"PUT", "/crm/scenario", "/crm/scenario", R"({"id":"{scenario}","name":"Sales"})"},
    Example{"DELETE", "/crm/scenario", "/crm/scenario", R"({"id":"{scenario}"})"},
    Example{"DELETE", "/crm/scenario", "/crm/scenario?id={scenario}"},
    Example{"GET", "/crm/scenario/{id}", "/crm/scenario/{scenario}"},
    Example{"PATCH", "/crm/scenario/{id}", "/crm/scenario/{scenario}", R"({"description":null})"},
    Example{"DELETE", "/crm/scenario/{id}", "/crm/scenario/{scenario}"},
    Example{"GET", "/crm/scenario/{id}/conversation",
            "/crm/scenario/{scenario}/conversation?stepId={step=200}&limit=5"},
    Example{"GET", "/crm/scenario/{id}/conversation",
            "/crm/scenario/{scenario}/conversation?isCount=true&stepId={step=200}"},
    Example{"GET", "/crm/scenario/{id}/conversation", "/crm/scenario/{scenario}/conversation?isCount=true"},
    Example{"DELETE", "/crm/scenario/{id}/conversation",
            "/crm/scenario/{scenario}/conversation?conversationId={placed}"},

    Example{"GET", "/crm/step", "/crm/step?scenarioId={scenario}&agentId={agent=200}"},
    Example{"POST", "/crm/step", "/crm/step", full_step, 201},
    Example{"PUT", "/crm/step", "/crm/step", flat_step_changes},
    Example{"DELETE", "/crm/step", "/crm/step", R"({"id":"{step}"})"},
    Example{"GET", "/crm/step/{id}", "/crm/step/{step}"},
    Example{"PUT", "/crm/step/order", "/crm/step/order",
            R"({"scenarioId":"{scenario}","stepIds":["{step=409}","{other_step=409}"]})"},

    Example{"POST", "/crm/step/conversation", "/crm/step/conversation",
            R"({"conversationId":"{conversation}","stepId":"{step}"})"},
    Example{"POST", "/crm/step/conversation", "/crm/step/conversation",
            R"({"conversationId":"{conversation}","scenarioId":"{scenario_with_step}","stepIndex":0})"},
    Example{"POST", "/crm/step/move", "/crm/step/move", R"({"conversationId":"{placed}","destStepId":"{other_step}"})"},
    Example{"POST", "/crm/step/move", "/crm/step/move",
            R"({"conversationId":"{placed}","scenarioId":"{scenario}","destStepIndex":0})"},

    Example{
        "GET", "/crm/conversationLog",
        "/crm/conversationLog?conversationId={placed=200}&scenarioId={scenario=200}&stepId={step=200}&status=active"},
    Example{"POST", "/crm/conversationLog", "/crm/conversationLog",
            R"({"conversationId":"{conversation=400}","scenarioId":"{scenario=400}","stepId":"{step=400}",)"
            R"("status":"inactive"})",
            201},
    Example{"GET", "/crm/conversationLog/{id}", "/crm/conversationLog/{log}"},
    Example{"PUT", "/crm/conversationLog/{id}", "/crm/conversationLog/{log}", R"({"status":"inactive"})"},
    Example{"PATCH", "/crm/conversationLog/{id}", "/crm/conversationLog/{log}", R"({"status":"error"})"},
    Example{"DELETE", "/crm/conversationLog/{id}", "/crm/conversationLog/{log}"},
    Example{"GET", "/crm/logs", "/crm/logs?conversationId={placed=200}"},
    Example{"GET", "/crm/logs/{id}", "/crm/logs/{log}"},

    Example{"GET", "/conversation", "/conversation?agentId={agent=200}&assigneeId={member=200}&limit=5"},
    Example{"GET", "/conversation", "/conversation?crmScenarioId={scenario=200}&crmStepId={step=200}&unread=false"},
    Example{"POST", "/conversation", "/conversation",
            R"({"agentId":"{agent=400}","contactId":"{contact=400}","channel":"whatsapp","title":"Hi"})", 201},
    Example{"POST", "/conversation", "/conversation", R"({"contact":{"firstName":"Ana","phoneNumber":"+49301"}})", 201},
    Example{"GET", "/conversation/{id}", "/conversation/{placed}"},
    Example{"GET", "/conversations", "/conversations?agentId={agent=200}"},
    Example{"GET", "/conversations/{id}", "/conversations/{placed}"},
    Example{"GET", "/conversation/{id}/explain", "/conversation/{placed}/explain"},
    Example{"GET", "/conversations/{id}/explain", "/conversations/{placed}/explain"},

    Example{"PATCH", "/conversation/{id}", "/conversation/{conversation}",
            R"({"title":"Hi","status":"RESOLVED","priority":"LOW","isAiEnabled":false})"},
    Example{"DELETE", "/conversation/{id}", "/conversation/{described}"},
    Example{"POST", "/conversation/{id}/assign", "/conversation/{conversation}/assign",
            R"({"membershipId":"{member=400}","force":true})"},
    Example{"POST", "/conversation/{id}/unassign", "/conversation/{conversation}/unassign"},
    Example{"POST", "/conversation/{id}/set-status", "/conversation/{conversation}/set-status",
            R"({"status":"RESOLVED"})"},
    Example{"POST", "/conversation/{id}/update-status", "/conversation/{conversation}/update-status",
            R"({"status":"HUMAN_REQUESTED"})"},
    Example{"POST", "/conversation/{id}/resolve", "/conversation/{conversation}/resolve"},
    Example{"POST", "/conversation/{id}/request-human", "/conversation/{conversation}/request-human"},
    Example{"POST", "/conversation/{id}/set-priority", "/conversation/{conversation}/set-priority",
            R"({"priority":"HIGH"})"},
    Example{"POST", "/conversation/{id}/set-ai-enabled", "/conversation/{conversation}/set-ai-enabled",
            R"({"enabled":"false"})"},
    Example{"POST", "/conversation/{id}/read", "/conversation/{described}/read"},
    Example{"GET", "/conversation/history", "/conversation/history?agentId={agent=200}&limit=5"},
    Example{"GET", "/conversation/{id}/messages", "/conversation/{described}/messages"},
    Example{"GET", "/conversation/{id}/messages/{count}", "/conversation/{described}/messages/10000"},
    Example{"POST", "/conversation/{id}/message-register", "/conversation/{conversation}/message-register",
            R"({"message":"Hello","from":"human"})"},
    Example{
        "POST", "/conversation/message/{type}/{value}", "/conversation/message/conversationId/{conversation}",
        R"({"message":"Hello","agentId":"{agent=400}","contactId":"{contact=400}","attachments":[{"url":"https://example.com/a.png","name":"a.png","mimeType":"image/png"}]})"},
    Example{"GET", "/conversation/{id}/variables", "/conversation/{described}/variables"},
    Example{"POST", "/conversation/{id}/variables", "/conversation/{conversation}/variables",
            R"({"key":"plan","value":"gold"})"},
    Example{"DELETE", "/conversation/{id}/variables", "/conversation/{described}/variables", R"({"key":"plan"})"},
    Example{"GET", "/conversation/{id}/variables/{varName}", "/conversation/{described}/variables/plan"},
    Example{"DELETE", "/conversation/{id}/variables/{varName}", "/conversation/{described}/variables/plan"},

    Example{"PATCH", "/conversations/{id}", "/conversations/{conversation}",
            R"({"title":"Hi","status":"RESOLVED","priority":"LOW","isAiEnabled":false})"},
    Example{"DELETE", "/conversations/{id}", "/conversations/{described}"},
    Example{"POST", "/conversations/{id}/assign", "/conversations/{conversation}/assign",
            R"({"membershipId":"{member=400}","force":true})"},
    Example{"POST", "/conversations/{id}/unassign", "/conversations/{conversation}/unassign"},
    Example{"POST", "/conversations/{id}/set-status", "/conversations/{conversation}/set-status",
            R"({"status":"RESOLVED"})"},
    Example{"POST", "/conversations/{id}/update-status", "/conversations/{conversation}/update-status",
            R"({"status":"HUMAN_REQUESTED"})"},
    Example{"POST", "/conversations/{id}/resolve", "/conversations/{conversation}/resolve"},
    Example{"POST", "/conversations/{id}/request-human", "/conversations/{conversation}/request-human"},
    Example{"POST", "/conversations/{id}/set-priority", "/conversations/{conversation}/set-priority",
            R"({"priority":"HIGH"})"},
    Example{"POST", "/conversations/{id}/set-ai-enabled", "/conversations/{conversation}/set-ai-enabled",
            R"({"enabled":"false"})"},
    Example{"POST", "/conversations/{id}/read", "/conversations/{described}/read"},
    Example{"GET", "/conversations/history", "/conversations/history?agentId={agent=200}&limit=5"},
    Example{"GET", "/conversations/{id}/messages", "/conversations/{described}/messages"},
    Example{"GET", "/conversations/{id}/messages/{count}", "/conversations/{described}/messages/10000"},
    Example{"POST", "/conversations/{id}/message-register", "/conversations/{conversation}/message-register",
            R"({"message":"Hello","from":"human"})"},
    Example{
        "POST", "/conversations/message/{type}/{value}", "/conversations/message/conversationId/{conversation}",
        R"({"message":"Hello","agentId":"{agent=400}","contactId":"{contact=400}","attachments":[{"url":"https://example.com/a.png","name":"a.png","mimeType":"image/png"}]})"},
    Example{"GET", "/conversations/{id}/variables", "/conversations/{described}/variables"},
    Example{"POST", "/conversations/{id}/variables", "/conversations/{conversation}/variables",
            R"({"key":"plan","value":"gold"})"},
    Example{"DELETE", "/conversations/{id}/variables", "/conversations/{described}/variables", R"({"key":"plan"})"},
    Example{"GET", "/conversations/{id}/variables/{varName}", "/conversations/{described}/variables/plan"},
    Example{"DELETE", "/conversations/{id}/variables/{varName}", "/conversations/{described}/variables/plan"},

    Example{"GET", "/conversation/{id}/tags", "/conversation/{described}/tags"},
    Example{"POST", "/conversation/{id}/tags", "/conversation/{described}/tags", R"({"tagName":"vip"})"},
    Example{"DELETE", "/conversation/{id}/tags", "/conversation/{described}/tags", R"({"tagName":"vip"})"},
    Example{"GET", "/conversations/{id}/tags", "/conversations/{described}/tags"},
    Example{"POST", "/conversations/{id}/tags", "/conversations/{described}/tags", R"({"tagName":"vip"})"},
    Example{"DELETE", "/conversations/{id}/tags", "/conversations/{described}/tags", R"({"tagName":"vip"})"},

    Example{"POST", "/conversations", "/conversations", R"({"agentId":"{agent=400}"})", 201},
    Example{"POST", "/conversation/{id}/send-audio", "/conversation/{conversation}/send-audio",
            R"({"audioUrl":"https://example.com/a.mp3","duration":7})"},
    Example{"POST", "/conversations/{id}/send-audio", "/conversations/{conversation}/send-audio",
            R"({"audioUrl":"https://example.com/a.mp3","duration":7})"},
    Example{"POST", "/conversation/{id}/attachments", "/conversation/{conversation}/attachments", form, 201},
    Example{"POST", "/conversations/{id}/attachments", "/conversations/{conversation}/attachments", form, 201},
    Example{"GET", "/files/{organizationId}/{id}", "/files/{organization=0}/{file=0}"},
    Example{"GET", "/conversation/export", "/conversation/export?agentId={agent=200}"},
    Example{"GET", "/conversations/export", "/conversations/export?format=jsonl&crmScenarioId={scenario=200}"},
    Example{"GET", "/conversations/export", "/conversations/export?format=csv&status=UNRESOLVED"},
    Example{"GET", "/conversation/{id}/export", "/conversation/{described}/export"},
    Example{"GET", "/conversations/{id}/export", "/conversations/{placed}/export"},
    Example{"GET", "/crm/conversation/count", "/crm/conversation/count"},
    Example{"GET", "/messages/{messageId}", "/messages/{message}?includeSources=true"},
    Example{"POST", "/variables", "/variables",
            R"({"conversationId":"{conversation}","varName":"plan","varValue":"gold"})"},
    Example{"GET", "/variables/{conversationId}", "/variables/{described}"},
    Example{"GET", "/variables/{conversationId}/{varName}", "/variables/{described}/plan"},
    Example{"PUT", "/variables/{conversationId}/{varName}", "/variables/{conversation}/plan", R"({"varValue":"gold"})"},
    Example{"DELETE", "/variables/{conversationId}/{varName}", "/variables/{described}/plan"},

    Example{"GET", "/contacts",
            "/contacts?search=ana&tags=vip&tags=new&crmScenario={scenario=200}&crmStep={step=200}&hasEmail=true"},
    Example{"GET", "/contacts", "/contacts?agent={agent=200}&conversationStatus=UNRESOLVED&limit=5&offset=0"},
    Example{"POST", "/contacts", "/contacts",
            R"({"phoneNumber":"+49 30 1","email":"ana@x.example","firstName":"Ana","lastName":null,"userId":"u1",)"
            R"("metadata":{"a":1},"picture":"https://x.example/p.png"})"},
    Example{"POST", "/contacts", "/contacts",
            R"({"id":"{contact}","lastName":"Lima","externalId":"e1","conversationId":"{conversation=400}"})"},
    Example{"POST", "/contacts/merge", "/contacts/merge", R"({"id":"{contact}","mergeIds":["{other_contact}"]})"},
    Example{"GET", "/contacts/{id}", "/contacts/{contact}"},
    Example{"PATCH", "/contacts/{id}", "/contacts/{contact}",
            R"({"firstName":null,"conversationId":"{conversation=400}"})"},
    Example{"DELETE", "/contacts/{id}", "/contacts/{contact}"},
    Example{"GET", "/contacts/{id}/conversations", "/contacts/{contact}/conversations?limit=5"},

    Example{"GET", "/contacts/variables", "/contacts/variables?id={contact}"},
    Example{"POST", "/contacts/variables", "/contacts/variables",
            R"({"id":"{contact}","key":"plan","value":{"a":1},"source":"human"})"},
    Example{"PUT", "/contacts/variables", "/contacts/variables",
            R"({"id":"{contact}","key":"plan","value":null,"source":"ai"})"},
    Example{"DELETE", "/contacts/variables", "/contacts/variables?id={contact}"},

    Example{"GET", "/conversation/{id}/notes", "/conversation/{conversation}/notes"},
    Example{"POST", "/conversation/{id}/notes", "/conversation/{conversation}/notes",
            R"({"note":"Call","isPrivate":true,"isJustify":true,"notificationDateTime":"2030-01-01"})", 201},
    Example{"GET", "/conversation/{id}/notes/{noteId}", "/conversation/{conversation}/notes/{note}"},
    Example{"PUT", "/conversation/{id}/notes/{noteId}", "/conversation/{conversation}/notes/{note}",
            R"({"note":"Call back"})"},
    Example{"PATCH", "/conversation/{id}/notes/{noteId}", "/conversation/{conversation}/notes/{note}",
            R"({"notificationDateTime":null})"},
    Example{"DELETE", "/conversation/{id}/notes/{noteId}", "/conversation/{conversation}/notes/{note}", "", 204},
    Example{"GET", "/conversations/{id}/notes", "/conversations/{conversation}/notes"},
    Example{"POST", "/conversations/{id}/notes", "/conversations/{conversation}/notes", R"({"content":"Call"})", 201},
    Example{"GET", "/conversations/{id}/notes/{noteId}", "/conversations/{conversation}/notes/{note}"},
    Example{"PUT", "/conversations/{id}/notes/{noteId}", "/conversations/{conversation}/notes/{note}",
            R"({"isPrivate":true})"},
    Example{"PATCH", "/conversations/{id}/notes/{noteId}", "/conversations/{conversation}/notes/{note}",
            R"({"sendDesktopNotification":true})"},
    Example{"DELETE", "/conversations/{id}/notes/{noteId}", "/conversations/{conversation}/notes/{note}", "", 204},

    Example{"GET", "/tags", "/tags"},
    Example{"GET", "/tags/get-visible-tags", "/tags/get-visible-tags"},
    Example{"POST", "/tags", "/tags", R"({"name":"vip","color":"red"})"},
    Example{"POST", "/tags/delete-by-name", "/tags/delete-by-name", R"({"name":"{tag}"})"},
    Example{"DELETE", "/tags/delete-by-name", "/tags/delete-by-name", R"({"name":"{tag}"})"},

    Example{"GET", "/keys", "/keys"},
    Example{"POST", "/keys", "/keys", R"({"name":"Website","expiresAt":"2030-12-31"})", 201},
    Example{"DELETE", "/keys/{id}", "/keys/{key}"},

    Example{"GET", "/events", "/events?limit=5"},

    Example{"GET", "/events/stream", "/events/stream"},
    Example{"POST", "/events/stream-token", "/events/stream-token"},

    Example{"GET", "/jobs", "/jobs?state=pending&limit=5"},
    Example{"POST", "/jobs/{id}/retry", "/jobs/{job}/retry"},
    Example{"DELETE", "/jobs/{id}", "/jobs/{job}"},

    Example{"GET", "/webhooks", "/webhooks"},
    Example{"POST", "/webhooks", "/webhooks", R"({"url":"https://hooks.example/in","events":["step.entered"]})", 201},
    Example{"GET", "/webhooks/{id}", "/webhooks/{webhook}"},
    Example{"PATCH", "/webhooks/{id}", "/webhooks/{webhook}", R"({"events":null,"state":"disabled"})"},
    Example{"DELETE", "/webhooks/{id}", "/webhooks/{webhook}"},
    Example{"POST", "/webhooks/{id}/rotate", "/webhooks/{webhook}/rotate"},
    Example{"POST", "/webhooks/{id}/test", "/webhooks/{webhook}/test"},
    Example{"GET", "/webhooks/{id}/deliveries", "/webhooks/{webhook}/deliveries?limit=5"},
    Example{"GET", "/crm/step/{id}/webhook/deliveries", "/crm/step/{step}/webhook/deliveries?limit=5"},
    Example{"GET", "/agents/{id}/webhook/deliveries", "/agents/{agent}/webhook/deliveries?limit=5"},
    Example{"POST", "/webhooks/{id}/deliveries/{deliveryId}/resend",
            "/webhooks/{webhook}/deliveries/{delivery}/resend"},
    Example{"POST", "/webhooks/{id}/replay", "/webhooks/{webhook}/replay",
            R"({"from":"2026-01-01T00:00:00.000Z","to":"2026-12-31T00:00:00.000Z"})"},

    Example{"GET", "/", "/"},
    Example{"GET", "/healthz", "/healthz"},
    Example{"GET", "/readyz", "/readyz"},
    Example{"GET", "/metrics", "/metrics"},
    Example{"GET", "/openapi.json", "/openapi.json"},
};

// A placeholder as it stands in a text: `{name}` or `{name=status}`.
struct Placeholder {
    std::string name;
    int foreign_status = 404;
};

// Replaces each placeholder by what `each` gives for it. Braces of JSON are no placeholders: a name follows theirs.
std::string replaced(std::string_view text, const std::function<std::string(const Placeholder&)>& each) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_";
    std::string result;
    while (!text.empty()) {
        const auto open = text.find('{');
        result += text.substr(0, open);
        if (open == std::string_view::npos) break;
        text.remove_prefix(open);
        const auto name_end = text.find_first_not_of(letters, 1);
        const auto close = text.find('}');
        if (name_end == 1 || close == std::string_view::npos || (name_end != close && text[name_end] != '=')) {
            result += '{';
            text.remove_prefix(1);
            continue;
        }
        Placeholder found{std::string(text.substr(1, name_end - 1))};
        if (name_end != close) found.foreign_status = std::stoi(std::string(text.substr(name_end + 1)));
        result += each(found);
        text.remove_prefix(close + 1);
    }
    return result;
}

FilledIn replaced(const Example& example, const std::function<std::string(const Placeholder&)>& each) {
    FilledIn filled;
    filled.target = replaced(example.target, each);
    filled.body = replaced(example.body, each);
    return filled;
}

// The dotted names of the members above the text `wanted`; a list counts as the member that holds it.
std::string member_of(const boost::json::value& from, std::string_view wanted, const std::string& path) {
    if (from.is_string()) return from.get_string() == wanted ? path : "";
    if (from.is_array()) {
        for (const auto& item : from.get_array()) {
            if (auto found = member_of(item, wanted, path); !found.empty()) return found;
        }
    }
    if (from.is_object()) {
        for (const auto& [name, value] : from.get_object()) {
            const auto below = path + (path.empty() ? "" : ".") + std::string(name);
            if (auto found = member_of(value, wanted, below); !found.empty()) return found;
        }
    }
    return "";
}

}  // namespace

std::span<const Example> examples() { return all; }

std::vector<Reference> references(const Example& example) {
    std::vector<Reference> found;
    const auto marked = replaced(example, [&](const Placeholder& placeholder) {
        found.push_back({found.size(), placeholder.name, placeholder.foreign_status, ""});
        return '#' + std::to_string(found.size() - 1);
    });
    if (marked.body.starts_with('{')) {
        const auto body = boost::json::parse(marked.body);
        for (auto& reference : found) reference.member = member_of(body, '#' + std::to_string(reference.index), "");
    }
    std::erase_if(found, [](const Reference& reference) { return reference.foreign_status == 0; });
    return found;
}

FilledIn filled_in(const Example& example, Things& things, const Reference* reference, std::string_view id) {
    std::size_t index = 0;
    return replaced(example, [&](const Placeholder& placeholder) {
        const bool is_wanted = reference != nullptr && reference->index == index;
        ++index;
        return is_wanted ? std::string(id) : things.id(placeholder.name);
    });
}

FilledIn blank(const Example& example) {
    return replaced(example, [](const Placeholder&) { return std::string("nobody"); });
}

}  // namespace etapa::tests
