#include "flow/enter.hpp"

#include "base/ranges.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/store.hpp"
#include "crm/people/load.hpp"
#include "crm/people/store.hpp"
#include "crm/placements/store.hpp"
#include "crm/scenarios/store.hpp"
#include "crm/stays/store.hpp"
#include "crm/steps/store.hpp"
#include "flow/assign.hpp"
#include "flow/default_tags.hpp"
#include "flow/effects/effect.hpp"
#include "flow/required.hpp"
#include "flow/timers.hpp"

#include <algorithm>
#include <map>

namespace etapa::flow {
namespace {

// Everything that the entries of one call need to know, read with one statement each.
struct Loaded {
    std::vector<Conversation> conversations;
    std::vector<Placement> placements;
    std::vector<Step> steps;  // targets, and where the conversations stand now
    std::vector<Scenario> scenarios;
    std::vector<people::Assignment> assignments;
    std::vector<Membership> members;  // of the lists of the targets
    people::Loads loads;
    DefaultTags tags;
};

void collect(std::vector<MembershipId>& into, const std::optional<std::vector<MembershipId>>& list) {
    if (list) into.insert(into.end(), list->begin(), list->end());
}

Step* find_step(Loaded& loaded, const StepId& id) {
    const auto step = std::ranges::find(loaded.steps, id, &Step::id);
    return step == loaded.steps.end() ? nullptr : &*step;
}

// The steps where the conversations stand now, and what the targets need.
void load_what_they_name(WriteTx& tx, const std::vector<ConversationId>& conversations, Loaded& loaded) {
    std::vector<StepId> left;
    for (const auto& placement : loaded.placements) {
        if (!placement.step_id || contains(left, *placement.step_id)) continue;
        if (find_step(loaded, *placement.step_id) == nullptr) left.push_back(*placement.step_id);
    }
    std::vector<ScenarioId> scenario_ids;
    std::vector<MembershipId> member_ids;
    for (const auto& step : loaded.steps) {
        if (!contains(scenario_ids, step.scenario_id)) scenario_ids.push_back(step.scenario_id);
        collect(member_ids, step.selected_membership_ids_for_assignee);
        collect(member_ids, step.fallback_membership_ids);
    }
    std::optional<Later<Step>> steps;
    std::optional<Later<Membership>> members;
    std::optional<Later<people::Loads::Row>> loads;
    auto tags = DefaultTags::ask(tx, conversations, loaded.steps);
    auto scenarios = scenarios::find_all_later(tx, scenario_ids);
    if (!left.empty()) steps.emplace(steps::find_all_later(tx, left));
    if (!member_ids.empty()) {
        members.emplace(people::find_all_later(tx, member_ids));
        loads.emplace(people::Loads::ask(tx, member_ids));
    }
    loaded.scenarios = scenarios.take();
    if (tags) loaded.tags.keep(*std::move(tags));
    if (steps) std::ranges::move(steps->take(), std::back_inserter(loaded.steps));
    if (members) loaded.members = members->take();
    if (loads) loaded.loads.keep(*std::move(loads));
}

// A stay never begins before its predecessor ended, whichever node's clock that was (decision 3).
void keep_order(WriteTx& tx, const Loaded& loaded) {
    for (const auto& placement : loaded.placements) {
        tx.not_before(placement.available ? placement.entered_at : placement.updated_at);
    }
}

// The first statement locks the conversations, in id order; targets are kept from being deleted meanwhile; the loads of
// the members come last. What can be asked for together is, because on PostgreSQL that costs one round trip: first what
// the entries name, then what those name.
Loaded lock_and_load(WriteTx& tx, std::span<const Entry> entries) {
    std::vector<ConversationId> ids;
    std::vector<StepId> step_ids;
    for (const auto& entry : entries) {
        ids.push_back(entry.conversation);
        step_ids.push_back(entry.target);
    }
    auto conversations = conversations::lock_all_later(tx, ids);
    auto placements = placements::of_later(tx, ids);
    auto targets = steps::keep_all_later(tx, step_ids);
    auto assignments = people::assignments_later(tx, ids);
    Loaded loaded{conversations.take(), placements(), targets.take(), {}, assignments.take(), {}, {}, {}};
    keep_order(tx, loaded);
    load_what_they_name(tx, ids, loaded);
    return loaded;
}

// A required step that stops a move (R41) was nobody's target, so its members are not loaded yet.
void load_members_of(WriteTx& tx, Loaded& loaded, const Step& step) {
    std::vector<MembershipId> ids;
    collect(ids, step.selected_membership_ids_for_assignee);
    collect(ids, step.fallback_membership_ids);
    std::erase_if(ids, [&](const MembershipId& id) {
        return std::ranges::find(loaded.members, id, &Membership::id) != loaded.members.end();
    });
    if (ids.empty()) return;
    std::ranges::move(people::find_all_later(tx, ids).take(), std::back_inserter(loaded.members));
    loaded.loads.keep(people::Loads::ask(tx, ids));
}

// Puts together what is known about one entry; the placement is the one in the target's scenario, fresh when there is
// none.
Arrival arrival_of(WriteTx& tx, Loaded& loaded, const Entry& entry, const Conversation& conversation,
                   const Step& target) {
    Arrival arrival;
    arrival.entry = entry;
    arrival.before = conversation;
    arrival.conversation = conversation;
    arrival.target = target;
    for (const auto& placement : loaded.placements) {
        if (placement.conversation_id != conversation.id) continue;
        if (placement.scenario_id == target.scenario_id) arrival.stored = placement;
        if (!placement.available) continue;
        arrival.left = placement;
        if (const auto* from = find_step(loaded, *placement.step_id)) arrival.from = *from;
    }
    if (arrival.stored) {
        arrival.placement = *arrival.stored;
    } else {
        arrival.placement.id = tx.new_id<PlacementId>();
        arrival.placement.organization_id = tx.organization();
        arrival.placement.scenario_id = target.scenario_id;
        arrival.placement.conversation_id = conversation.id;
        arrival.placement.available = false;
        arrival.placement.created_at = tx.now();
    }
    for (const auto& assignment : loaded.assignments) {
        if (assignment.conversation_id == conversation.id) arrival.assignees_before.push_back(assignment.membership_id);
    }
    arrival.assignees = arrival.assignees_before;
    const auto scenario = std::ranges::find(loaded.scenarios, target.scenario_id, &Scenario::id);
    if (scenario != loaded.scenarios.end()) arrival.scenario_name = scenario->name.value;
    return arrival;
}

void end(WriteTx& tx, const Placement& placement) {
    tx.not_before(placement.entered_at);
    timers::stop(tx, placement);
    if (placement.active_stay_id) stays::end(tx, placement.conversation_id, *placement.active_stay_id);
}

// Closes the previous stay, stops its timer, and gives up a placement in another scenario (R10, R18.3).
void close_previous(WriteTx& tx, Arrival& arrival) {
    const auto& left = arrival.left;
    if (left && left->id == arrival.placement.id) return end(tx, *left);
    if (left) return leave(tx, *left);
    if (arrival.before.entry_seq > 0) end_unseen(tx, arrival.conversation.id);
}

// Step 4 and 5 of R18: the place itself, and who answers there (R20).
void arrive(WriteTx& tx, Arrival& arrival) {
    auto& placement = arrival.placement;
    const bool fresh = !placement.available;  // new, or revived: a stay in the scenario begins (R11, R41)
    if (fresh) {
        placements::release_others(tx, placement);
        placement.visited_step_ids.clear();
        placement.responding_agent_id.reset();
    }
    auto& visited = placement.visited_step_ids;
    if (!contains(visited, arrival.target.id)) visited.push_back(arrival.target.id);
    // Timers that ended in this millisecond are those of before.
    if (const auto ended = arrival.target.timers_ended_at) tx.not_before(time_of_change(*ended, tx.now()));
    placement.step_id = arrival.target.id;
    placement.available = true;
    placement.entered_at = tx.now();
    placement.updated_at = tx.now();
    placement.entry_seq = ++arrival.conversation.entry_seq;
    placement.timer_hops = arrival.entry.cause == Cause::timer ? placement.timer_hops + 1 : 0;
    if (arrival.target.agent_id) placement.responding_agent_id = arrival.target.agent_id;
}

// Steps 6 to 9 of R18. Null leaves everything as it is; a tag in both lists ends up present (R19).
void apply_defaults(WriteTx& tx, Loaded& loaded, Arrival& arrival) {
    auto& conversation = arrival.conversation;
    const auto& step = arrival.target;
    auto tags = loaded.tags.apply(tx, conversation.id, step);
    for (const auto& tag : tags.left_out) {
        record_failure(tx, arrival, "The tag '" + tag + "' was left out: there are as many tags as there may be.");
    }
    arrival.tags_added = std::move(tags.added);
    arrival.tags_removed = std::move(tags.removed);
    conversation.status = step.default_status.value_or(conversation.status);
    conversation.priority = step.default_priority.value_or(conversation.priority);
    conversation.is_ai_enabled = step.default_ai_control.value_or(conversation.is_ai_enabled);
    conversation.updated_at = tx.now();
    conversations::save_entry(tx, conversation);
}

// Step 10 of R18; also stores the status, because both change the loads.
void assign(WriteTx& tx, Loaded& loaded, Arrival& arrival) {
    const bool counted = arrival.before.status != ConversationStatus::resolved;
    const Pool pool{loaded.members, loaded.loads, tx.random()};
    const auto choice = choose_assignees(arrival.target, pool, arrival.assignees_before, counted);
    arrival.assignees = choice.chosen;
    people::hold(tx, loaded.loads, arrival.before, arrival.assignees_before, arrival.conversation.status,
                 arrival.assignees, people::Assigned::by_step);
    if (choice.mode != AssigneeLogic::none) arrival.stay.decision = JsonObject{json::to_text(choice)};
    if (choice.nobody_eligible) record_failure(tx, arrival, "No assignee was chosen: " + choice.rule + '.');
}

// Step 11 of R18: the row of history, with what was skipped and why it came (R42, R105).
void begin_stay(WriteTx& tx, Arrival& arrival, const Detour& detour) {
    auto& stay = arrival.stay;
    stay.id = tx.new_id<StayId>();
    stay.organization_id = tx.organization();
    stay.conversation_id = arrival.conversation.id;
    stay.scenario_id = arrival.target.scenario_id;
    stay.step_id = arrival.target.id;
    stay.cause = arrival.entry.cause;
    stay.actor_kind = tx.caller().actor.kind;
    stay.actor_id = tx.caller().actor.id;
    if (arrival.from) stay.from_step_id = arrival.from->id;
    stay.entry_seq = arrival.conversation.entry_seq;
    stay.skipped_step_ids = detour.skipped;
    stay.detail = detour.sentence;
    stay.judgement = arrival.entry.judgement;
    stay.scenario_name = arrival.scenario_name;
    stay.step_name = arrival.target.name.value;
    stay.step_index = arrival.target.position;
    stay.created_at = tx.now();
    stay.updated_at = tx.now();
    arrival.placement.active_stay_id = stay.id;
}

// Step 13 of R18: a removal step does everything that a step does, and then lets go (R24).
void let_go(WriteTx& tx, Arrival& arrival) {
    arrival.placement.available = false;
    arrival.placement.active_stay_id.reset();
    arrival.placement.responding_agent_id.reset();
    arrival.stay.status = StayStatus::inactive;
    arrival.stay.ended_at = tx.now();
}

template <class T>
void add_if_changed(events::Members& from, events::Members& to, std::string_view name, const T& before,
                    const T& after) {
    if (before == after) return;
    from.add(name, before);
    to.add(name, after);
}

void publish_entered(WriteTx& tx, const Arrival& arrival) {
    events::Members from;
    events::Members to;
    from.add("stepId", arrival.left ? arrival.left->step_id : std::nullopt);
    from.add("available", arrival.left.has_value());
    to.add("conversationId", arrival.conversation.id);
    to.add("scenarioId", arrival.target.scenario_id);
    to.add("stepId", arrival.target.id);
    to.add("available", arrival.placement.available);
    to.add("entrySeq", arrival.placement.entry_seq);
    to.add("cause", arrival.entry.cause);
    to.add("dueAt", arrival.placement.due_at);
    add_if_changed(from, to, "status", arrival.before.status, arrival.conversation.status);
    add_if_changed(from, to, "priority", arrival.before.priority, arrival.conversation.priority);
    add_if_changed(from, to, "isAiEnabled", arrival.before.is_ai_enabled, arrival.conversation.is_ai_enabled);
    add_if_changed(from, to, "assigneeMembershipIds", arrival.assignees_before, arrival.assignees);
    if (!arrival.tags_added.empty()) to.add("tagsAdded", arrival.tags_added);
    if (!arrival.tags_removed.empty()) to.add("tagsRemoved", arrival.tags_removed);
    events::publish(tx, "step.entered", arrival.placement.id.value, from, to);
}

Entered entered_of(const Arrival& arrival, Entered::Outcome outcome) {
    Entered entered;
    entered.outcome = outcome;
    entered.placement = arrival.placement;
    entered.step = arrival.target;
    entered.message_sent = arrival.message_sent;
    entered.message_error = arrival.message_error;
    entered.message = arrival.message;
    entered.blocked_by_24h_rule = arrival.blocked_by_24h_rule;
    return entered;
}

void run_effects(WriteTx& tx, Arrival& arrival) {
    for (const auto& effect : effects()) effect.run(tx, arrival);
}

// The order is that of R18.
Entered enter_one(WriteTx& tx, Loaded& loaded, Arrival& arrival, const Detour& detour) {
    close_previous(tx, arrival);
    arrive(tx, arrival);
    apply_defaults(tx, loaded, arrival);
    begin_stay(tx, arrival, detour);
    assign(tx, loaded, arrival);
    timers::start(tx, arrival);
    if (arrival.target.is_conversation_removal_step) let_go(tx, arrival);
    if (arrival.stored) {
        placements::save(tx, *arrival.stored, arrival.placement);
    } else {
        placements::insert(tx, arrival.placement);
    }
    stays::append(tx, arrival.stay);
    run_effects(tx, arrival);
    publish_entered(tx, arrival);
    return entered_of(arrival, Entered::Outcome::entered);
}

// It is there already: nothing happens, but for a message that was asked for (R14).
Entered stay_there(WriteTx& tx, Arrival& arrival) {
    if (arrival.entry.say == Say::always) run_effects(tx, arrival);
    return entered_of(arrival, Entered::Outcome::stayed);
}

Entered enter_one(WriteTx& tx, Loaded& loaded, const Entry& entry) {
    Entered refused;
    const auto conversation = std::ranges::find(loaded.conversations, entry.conversation, &Conversation::id);
    refused.outcome = Entered::Outcome::conversation_gone;
    if (conversation == loaded.conversations.end()) return refused;
    refused.outcome = Entered::Outcome::stale;
    if (entry.expected_entry_seq.value_or(conversation->entry_seq) != conversation->entry_seq) return refused;
    refused.outcome = Entered::Outcome::target_gone;
    const Step* target = find_step(loaded, entry.target);
    if (target == nullptr) return refused;

    Arrival arrival = arrival_of(tx, loaded, entry, *conversation, *target);
    if (entry.from != From::anywhere && arrival.placement.available != (entry.from == From::inside)) {
        refused.outcome = entry.from == From::inside ? Entered::Outcome::not_inside : Entered::Outcome::not_outside;
        return refused;
    }
    const Detour detour = detour_of(tx, arrival);
    if (detour.stop) {
        arrival.target = *detour.stop;
        load_members_of(tx, loaded, arrival.target);
    }
    if (arrival.placement.available && arrival.placement.step_id == arrival.target.id) return stay_there(tx, arrival);
    return enter_one(tx, loaded, arrival, detour);
}

}  // namespace

std::vector<Entered> enter(WriteTx& tx, std::span<const Entry> entries) {
    std::vector<Entered> entered;
    if (entries.empty()) return entered;
    Loaded loaded = lock_and_load(tx, entries);
    for (const auto& entry : entries) entered.push_back(enter_one(tx, loaded, entry));
    return entered;
}

void leave(WriteTx& tx, const Placement& placement) {
    end(tx, placement);
    Placement left = placement;
    left.available = false;
    left.due_at.reset();
    left.active_stay_id.reset();
    left.responding_agent_id.reset();
    left.updated_at = tx.now();
    placements::save(tx, placement, left);
    events::Members from;
    events::Members to;
    from.add("stepId", placement.step_id).add("available", placement.available);
    to.add("conversationId", placement.conversation_id)
        .add("scenarioId", placement.scenario_id)
        .add("available", false);
    events::publish(tx, "step.left", placement.id.value, from, to);
}

void end_unseen(WriteTx& tx, const ConversationId& conversation) {
    if (const auto unseen = placements::find_unseen(tx, conversation)) end(tx, *unseen);
}

void record_failure(WriteTx& tx, const Arrival& arrival, std::string sentence) {
    Stay row;
    row.id = tx.new_id<StayId>();
    row.organization_id = tx.organization();
    row.conversation_id = arrival.conversation.id;
    row.scenario_id = arrival.target.scenario_id;
    row.step_id = arrival.target.id;
    row.status = StayStatus::error;
    row.cause = arrival.entry.cause;
    row.actor_kind = tx.caller().actor.kind;
    row.actor_id = tx.caller().actor.id;
    row.entry_seq = arrival.conversation.entry_seq;
    row.detail = std::move(sentence);
    row.scenario_name = arrival.scenario_name;
    row.step_name = arrival.target.name.value;
    row.step_index = arrival.target.position;
    row.created_at = tx.now();
    row.updated_at = tx.now();
    row.ended_at = tx.now();
    stays::append(tx, row);
}

}  // namespace etapa::flow
