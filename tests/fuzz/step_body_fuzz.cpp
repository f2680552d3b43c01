// Bodies of POST and PUT /crm/step. Whatever comes is refused or read; what was read can be written, and reading that
// again gives the same.
#include "base/changes.hpp"
#include "crm/steps/step.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using etapa::New;
using etapa::Patch;
using etapa::Step;
namespace json = etapa::json;

void require(bool condition) {
    if (!condition) std::abort();
}

// A step that was read whole is written and read again.
void expect_the_same_again(const Step& step) {
    const auto text = json::to_text(step);
    const New<Step> again(json::parse_object(text));
    require(again.bad().empty() && json::to_text(again.entity()) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    try {
        const auto body = json::parse_object(text);
        const New<Step> created(body);
        if (created.bad().empty()) expect_the_same_again(created.entity());
        const Patch<Step> changes(body);
        json::parse_object(json::to_text(changes.applied_to(created.entity())));
    } catch (const etapa::Problem& problem) {
        require(problem.status() == 400);
    }
    return 0;
}
