#include "flow/effects/effect.hpp"

#include <array>

namespace etapa::flow {

extern const Effect say_initial_message;
extern const Effect call_webhook;

std::span<const Effect> effects() {
    static const std::array all{say_initial_message, call_webhook};
    return all;
}

}  // namespace etapa::flow
