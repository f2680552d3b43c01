#pragma once
// The closed sets of API fact 1.5 that conversations and step defaults share.

#include <array>
#include <cstdint>
#include <string_view>

namespace etapa {

enum class ConversationStatus : std::uint8_t { resolved, unresolved, human_requested };
constexpr auto names(ConversationStatus) {
    return std::to_array<std::string_view>({"RESOLVED", "UNRESOLVED", "HUMAN_REQUESTED"});
}

enum class Priority : std::uint8_t { low, medium, high };
constexpr auto names(Priority) { return std::to_array<std::string_view>({"LOW", "MEDIUM", "HIGH"}); }

// Every channel that a conversation can be on.
enum class Channel : std::uint8_t {
    mercadolivre,
    mercadolivre_dm,
    instagram,
    instagram_dm,
    zapi,
    whatsapp,
    chatbox,
    website,
    dashboard,
    telegram,
    api,
    internal_chats,
};
constexpr auto names(Channel) {
    return std::to_array<std::string_view>({"mercadolivre", "mercadolivreDm", "instagram", "instagramDm", "zapi",
                                            "whatsapp", "chatbox", "website", "dashboard", "telegram", "api",
                                            "internal_chats"});
}

}  // namespace etapa
