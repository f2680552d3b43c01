#include "flow/effects/effect.hpp"

#include <array>

namespace etapa::flow {

extern const Effect say_initial_message;

std::span<const Effect> effects() {
    static const std::array all{say_initial_message};
    return all;
}

}  // namespace etapa::flow
