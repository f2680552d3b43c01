#include "work/kind.hpp"
#include "work/sweep.hpp"

#include <array>

namespace etapa::work {

extern const Kind fire_timer;
extern const Kind finish_deletion;

std::span<const Kind> kinds() {
    static const std::array all{fire_timer, finish_deletion};
    return all;
}

std::span<const Sweep> sweeps() { return {}; }

}  // namespace etapa::work
