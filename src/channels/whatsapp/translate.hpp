#pragma once
// What Meta delivers to the hook of a WhatsApp number, as Etapa understands it.

#include "channels/channel.hpp"

namespace etapa::channels::whatsapp_api {

std::optional<Report> translate(std::string_view body, const ChannelConnection& connection);

// The code with which Meta refuses a message outside the 24 hours (R77).
inline constexpr std::int64_t window_closed_code = 131'047;

}  // namespace etapa::channels::whatsapp_api
