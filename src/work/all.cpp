#include "work/kind.hpp"
#include "work/sweep.hpp"

#include <array>

namespace etapa::work {

extern const Kind fire_timer;
extern const Kind finish_deletion;
extern const Kind deliver_webhook;
extern const Kind probe_webhook;
extern const Kind catch_up_webhook;
extern const Kind replay_webhook;
extern const Kind send_message;
extern const Kind answer_query;
extern const Kind fetch_media;

extern const Sweep fan_out_events;

std::span<const Kind> kinds() {
    static const std::array all{fire_timer,     finish_deletion, deliver_webhook, probe_webhook, catch_up_webhook,
                                replay_webhook, send_message,    answer_query,    fetch_media};
    return all;
}

std::span<const Sweep> sweeps() {
    static const std::array all{fan_out_events};
    return all;
}

}  // namespace etapa::work
