#pragma once
// The webhook of an agent (API fact 13): a flat notice about what happens in its conversations. Notices are made from
// events after the fact, so they gate nothing (R32).

#include "crm/agents/agent.hpp"
#include "crm/conversations/conversation.hpp"
#include "crm/events/event.hpp"
#include "db/tx.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace etapa::flow {

// The notices of one batch of events; each agent is read once, and none where no agent may be told.
class AgentNotices {
public:
    explicit AgentNotices(WriteTx& tx) : tx_(tx) {}
    // Leaves a delivery if the event is one that agents are told about, and its agent has a receiver.
    void tell(const Event& event);

private:
    const std::optional<Agent>& agent(const AgentId& id);
    // Of what was `said` in a conversation that has an agent.
    std::string payload_of(const Event& event, std::string_view type, const Conversation& conversation,
                           const boost::json::object& said);

    WriteTx& tx_;
    std::optional<bool> anybody_;  // whether any agent may be told
    std::map<std::string, std::optional<Agent>> agents_;
};

// Where what is told goes.
struct Receiver {
    std::string url;
    std::optional<JsonObject> headers;
    bool operator==(const Receiver&) const = default;
};
// That of an agent's notices, as its configUrlInfosSystemExternal says.
std::optional<Receiver> receiver_of(const Agent& agent);

}  // namespace etapa::flow
