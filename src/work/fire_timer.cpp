// Job: move conversations whose time in a step is over.
#include "flow/timers.hpp"
#include "work/kind.hpp"

namespace etapa::work {

extern const Kind fire_timer{flow::timers::job_kind, flow::timers::fire};

}  // namespace etapa::work
