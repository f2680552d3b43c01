#pragma once
// What the engine has to know of a channel. How it is spoken to is the business of its adapter (channels/).

#include "crm/conversations/enums.hpp"

namespace etapa {

// Whether being stored is all that there is to do, because the client reads the messages here.
constexpr bool stored_is_sent(Channel channel) {
    return channel == Channel::api || channel == Channel::website || channel == Channel::dashboard;
}

// Whether the 24-hour rule holds (R72).
constexpr bool has_window(Channel channel) { return channel == Channel::whatsapp || channel == Channel::instagram_dm; }

// Whether the provider takes templates, which it delivers at any time (R76).
constexpr bool takes_templates(Channel channel) { return channel == Channel::whatsapp; }

}  // namespace etapa
