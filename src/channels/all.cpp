#include "channels/channel.hpp"

#include <algorithm>
#include <array>

namespace etapa::channels {

extern const Adapter api;
extern const Adapter whatsapp;

const Adapter* adapter_of(Channel channel) {
    static const std::array all{api, whatsapp};
    const auto found = std::ranges::find(all, channel, &Adapter::channel);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace etapa::channels
