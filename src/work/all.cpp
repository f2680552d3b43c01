#include "work/kind.hpp"

#include <array>

namespace etapa::work {

extern const Kind fire_timer;
extern const Kind finish_deletion;

std::span<const Kind> kinds() {
    static const std::array all{fire_timer, finish_deletion};
    return all;
}

}  // namespace etapa::work
