// Sweep: events become deliveries to webhooks.
#include "flow/fan_out.hpp"
#include "work/sweep.hpp"

namespace etapa::work {

extern const Sweep fan_out_events{"events.fan_out", flow::behind, flow::fan_out};

}  // namespace etapa::work
