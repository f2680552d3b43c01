#include "flow/triggers/trigger.hpp"

namespace etapa::flow {

extern const TriggerJudge judge_keywords;

const TriggerJudge& trigger_judge() { return judge_keywords; }

}  // namespace etapa::flow
