#pragma once
// A message as the API shows it: with every member that existing clients expect to be present (API facts 2.7, 15.8).

#include "crm/messages/message.hpp"

namespace etapa {

struct MessageView {
    Message message;
    std::optional<std::string> html;
    std::optional<std::vector<JsonObject>> sources;
    std::optional<JsonObject> usage;
    std::optional<std::string> input_id;
    std::optional<std::string> eval;
    std::optional<std::string> agent_model;
    std::optional<double> usage_credits;

    static constexpr std::string_view schema_name = "Message";
    static consteval auto fields() {
        return describe(
            spread(&MessageView::message), field("html", &MessageView::html, "Always null.", unstored),
            field("sources", &MessageView::sources, "What the text rests on; null unless asked for.", unstored),
            field("usage", &MessageView::usage, "Always null.", unstored),
            field("inputId", &MessageView::input_id, "Always null.", unstored),
            field("eval", &MessageView::eval, "Always null.", unstored),
            field("agentModel", &MessageView::agent_model, "Always null.", unstored),
            field("usageCredits", &MessageView::usage_credits, "Always null.", unstored));
    }
};

}  // namespace etapa
