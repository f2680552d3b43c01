#include "flow/clear.hpp"

#include "crm/agents/store.hpp"
#include "crm/contacts/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/jobs/store.hpp"
#include "crm/people/load.hpp"
#include "crm/people/store.hpp"
#include "crm/placements/store.hpp"
#include "crm/scenarios/store.hpp"
#include "crm/stays/store.hpp"
#include "crm/steps/store.hpp"
#include "crm/tags/list.hpp"
#include "crm/webhooks/deliveries.hpp"
#include "crm/webhooks/store.hpp"
#include "flow/timers.hpp"

#include <algorithm>

namespace etapa::flow {
namespace {

// A batch of the job is smaller, because many jobs share the writer with everybody else.
constexpr std::int64_t rows_at_once_max = 1'000;
constexpr std::int64_t rows_per_job_max = 500;

// How soon to look again whether others have finished.
constexpr Duration wait_time = seconds(1);

enum class Progress : std::uint8_t { more, waits, finished };

// What the job `deletion.finish` needs to know.
struct Deletion {
    Cleared noun = Cleared::step;
    std::string id;
    Time deleted_at;

    static consteval auto fields() {
        return describe(field("noun", &Deletion::noun, "What was deleted."), field("id", &Deletion::id, "Which one."),
                        field("deletedAt", &Deletion::deleted_at, "When; it was not noted always."));
    }
};

void schedule(WriteTx& tx, const Deletion& deletion, Time due) {
    const auto key = "deletion:" + std::string(name_of(deletion.noun)) + ':' + deletion.id;
    jobs::schedule(tx, deletion_job, key, due, {json::to_text(deletion)});
}

// Ends the timers and stays of placements that are about to go, and names them.
std::vector<PlacementId> emptied(WriteTx& tx, const std::vector<Placement>& placements) {
    timers::stop_all(tx, placements);
    std::vector<PlacementId> ids;
    std::vector<StayId> current;
    for (const auto& placement : placements) {
        ids.push_back(placement.id);
        if (placement.active_stay_id) current.push_back(*placement.active_stay_id);
    }
    stays::end_all(tx, current);
    return ids;
}

Progress clear_step(WriteTx& tx, const StepId& id, std::int64_t limit) {
    const auto placements = placements::stored_in(tx, id, limit);
    placements::vacate_all(tx, id, emptied(tx, placements));
    if (std::ssize(placements) == limit) return Progress::more;
    steps::erase(tx, id);
    return Progress::finished;
}

Progress clear_scenario(WriteTx& tx, const ScenarioId& id, std::int64_t limit) {
    const auto placements = placements::stored_in(tx, id, limit);
    placements::remove_all(tx, emptied(tx, placements));
    if (std::ssize(placements) == limit) return Progress::more;
    scenarios::erase(tx, id);
    return Progress::finished;
}

Progress clear_agent(WriteTx& tx, const AgentId& id, std::int64_t limit) {
    auto changed = conversations::forget_agent(tx, id, limit);
    if (changed < limit) changed += placements::forget_agent(tx, id, limit - changed);
    if (changed == limit) return Progress::more;
    agents::erase(tx, id);
    return Progress::finished;
}

Progress clear_membership(WriteTx& tx, const MembershipId& id, std::int64_t limit) {
    if (people::remove_assignments(tx, id, limit) == limit) return Progress::more;
    people::erase(tx, id);
    return Progress::finished;
}

Progress clear_conversation(WriteTx& tx, const ConversationId& id, std::int64_t limit) {
    const auto placements = placements::stored_of(tx, id);  // one for each scenario at most
    placements::remove_all(tx, emptied(tx, placements));
    if (!conversations::erase_belongings(tx, id, limit)) return Progress::more;
    conversations::erase(tx, id);
    // By a job, because the events of before become deliveries first.
    schedule(tx, {Cleared::deliveries, id.value, tx.now()}, tx.now());
    return Progress::finished;
}

// An attempt that is under way reads and records its delivery, so that one stays until it is over.
Progress clear_deliveries(WriteTx& tx, const Deletion& deletion, std::int64_t limit) {
    if (webhooks::is_behind(tx, deletion.deleted_at)) return Progress::waits;
    if (deliveries::erase_of_lane(tx, deletion.id, limit) == limit) return Progress::more;
    return deliveries::any_under_way(tx, deletion.id) ? Progress::waits : Progress::finished;
}

Progress clear_contact(WriteTx& tx, const ContactId& id, std::int64_t limit) {
    if (!contacts::pass_on(tx, id, limit)) return Progress::more;
    contacts::erase(tx, id);
    return Progress::finished;
}

Progress clear_tag(WriteTx& tx, const std::string& name, std::int64_t limit) {
    return tags::take_off(tx, name, limit) == limit ? Progress::more : Progress::finished;
}

Progress clear_batch(WriteTx& tx, const Deletion& deletion, std::int64_t limit) {
    switch (deletion.noun) {
        case Cleared::step: return clear_step(tx, {deletion.id}, limit);
        case Cleared::scenario: return clear_scenario(tx, {deletion.id}, limit);
        case Cleared::agent: return clear_agent(tx, {deletion.id}, limit);
        case Cleared::membership: return clear_membership(tx, {deletion.id}, limit);
        case Cleared::conversation: return clear_conversation(tx, {deletion.id}, limit);
        case Cleared::contact: return clear_contact(tx, {deletion.id}, limit);
        case Cleared::deliveries: return clear_deliveries(tx, deletion, limit);
        case Cleared::tag: return clear_tag(tx, deletion.id, limit);
    }
    ensure(false, "every noun has its clearing");
    return Progress::finished;
}

void clear_up_to(WriteTx& tx, const Deletion& deletion, std::int64_t limit) {
    switch (clear_batch(tx, deletion, limit)) {
        case Progress::more: return schedule(tx, deletion, tx.now());
        case Progress::waits: return schedule(tx, deletion, tx.now() + wait_time);
        case Progress::finished: return;
    }
}

}  // namespace

void clear(WriteTx& tx, Cleared noun, std::string_view id) { clear_all(tx, noun, {std::string(id)}); }

void clear_all(WriteTx& tx, Cleared noun, const std::vector<std::string>& ids) {
    const auto share = rows_at_once_max / std::max<std::int64_t>(std::ssize(ids), 1);
    for (const auto& id : ids) clear_up_to(tx, {noun, id, tx.now()}, std::max<std::int64_t>(share, 1));
}

void finish_deletion(WriteTx& tx, const Job& job) {
    clear_up_to(tx, db::from_json_text<Deletion>(job.payload.value), rows_per_job_max);
}

}  // namespace etapa::flow
