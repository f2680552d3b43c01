#pragma once
// A job is something to do later or outside, committed together with the change that asked for it or not at all.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>

namespace etapa {

enum class JobState : std::uint8_t { pending, failed };
constexpr auto names(JobState) { return std::to_array<std::string_view>({"pending", "failed"}); }

struct Job {
    JobId id;
    OrganizationId organization_id;
    std::string kind;  // an imperative: `timer.fire`
    std::string key;   // names the purpose: `timer:<placement>:<entry>`; a second job for it replaces the first
    JobState state = JobState::pending;
    Time due_at;
    std::int64_t attempts = 0;
    std::optional<std::string> last_error;
    JsonObject payload;
    std::string cause;  // request or job that asked for it
    Time created_at;
    bool is_outside = false;               // its work leaves the process
    std::optional<std::string> target;     // host that it calls
    std::optional<std::string> leased_by;  // the attempt that is under way

    static constexpr std::string_view schema_name = "Job";
    static consteval auto fields() {
        return describe(
            field("id", &Job::id, "Identity of the job."),
            field("organizationId", &Job::organization_id, "Organization.", internal),
            field("kind", &Job::kind, "What is to be done."), field("key", &Job::key, "What it is for."),
            field("state", &Job::state, "pending: waits for its time; failed: waits for a person."),
            field("dueAt", &Job::due_at, "When it is to be done; during an attempt, when that counts as lost."),
            field("attempts", &Job::attempts, "Failed attempts so far."),
            field("lastError", &Job::last_error, "Why the last attempt failed."),
            field("payload", &Job::payload, "What the job needs to know."),
            field("cause", &Job::cause, "Request or job that asked for it."),
            field("createdAt", &Job::created_at, "When it was asked for."),
            field("isOutside", &Job::is_outside, "Whether it calls somebody."),
            field("target", &Job::target, "Host that it calls."),
            field("leasedBy", &Job::leased_by, "The attempt that is under way."));
    }
};

}  // namespace etapa
