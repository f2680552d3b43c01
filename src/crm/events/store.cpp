#include "crm/events/store.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace etapa::events {
namespace {

struct Pending {
    std::string kind;
    std::string subject;
    Members from;
    Members to;
};

constexpr Duration fan_out_delay{50};

// The events of one transaction, stored when its body has returned.
struct Published {
    std::vector<Pending> events;

    void flush(WriteTx& tx) {
        for (const auto& event : events) {
            tx.defer(
                "INSERT INTO event (organization_id, kind, subject_id, changed_from, changed_to, actor_kind, actor_id,"
                " cause, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                tx.organization(), event.kind, event.subject, event.from.object(), event.to.object(),
                tx.caller().actor.kind, tx.caller().actor.id, tx.caller().cause, tx.now());
        }
        // Whoever turns events into deliveries may wait a little, and then finds many at once.
        if (!events.empty()) tx.alarm(tx.now() + fan_out_delay);
        events.clear();
    }
};

}  // namespace

void Members::merge(const Members& later, Wins wins) {
    for (const auto& [name, value] : later.members_) {
        const auto known = std::ranges::find(members_, name, &std::pair<std::string, std::string>::first);
        if (known == members_.end()) {
            members_.emplace_back(name, value);
        } else if (wins == Wins::later) {
            known->second = value;
        }
    }
}

JsonObject Members::object() const {
    std::string text = "{";
    for (const auto& [name, value] : members_) {
        json::append_string(text, name);
        text += ':' + value + ',';
    }
    text.back() == ',' ? void(text.back() = '}') : void(text += '}');
    return {std::move(text)};
}

void publish(WriteTx& tx, std::string_view kind, std::string_view subject, const Members& from, const Members& to) {
    auto& published = tx.scratch<Published>().events;
    const auto known = std::ranges::find(published, subject, &Pending::subject);
    if (known == published.end()) {
        published.push_back({std::string(kind), std::string(subject), from, to});
        return;
    }
    known->kind = kind;
    known->from.merge(from, Members::Wins::earlier);
    known->to.merge(to, Members::Wins::later);
}

std::int64_t epoch(ReadTx& tx) { return tx.one<std::int64_t>("SELECT epoch FROM installation"); }

Position latest(ReadTx& tx) {
    using Place = std::tuple<std::int64_t, std::int64_t>;
    const auto place = tx.first<Place>(
        "SELECT transaction_id, sequence FROM event WHERE organization_id = $1 AND transaction_id < {oldest_running}"
        " ORDER BY transaction_id DESC, sequence DESC LIMIT 1",
        tx.organization());
    Position position{.epoch = epoch(tx)};
    if (place) std::tie(position.transaction, position.sequence) = *place;
    return position;
}

std::vector<Event> after(ReadTx& tx, const Position& position, std::int64_t limit) {
    // Two searches: of `(transaction_id, sequence) > (…)` SQLite looks up the transaction alone, which all events of a
    // file share, and so reads every event of the organization.
    Query of_later_ones("SELECT {columns} FROM event WHERE organization_id = ");
    of_later_ones.add("", tx.organization())
        .add(" AND transaction_id > ", position.transaction)
        .add(" AND transaction_id < {oldest_running} ORDER BY transaction_id, sequence LIMIT ", limit);
    auto later_ones = tx.later<Event>(of_later_ones);  // comes with the others
    auto events = tx.all<Event>(
        "SELECT {columns} FROM event WHERE organization_id = $1 AND transaction_id = $2 AND sequence > $3"
        " AND transaction_id < {oldest_running} ORDER BY sequence LIMIT $4",
        tx.organization(), position.transaction, position.sequence, limit);
    std::ranges::move(later_ones.take(), std::back_inserter(events));
    if (std::ssize(events) > limit) events.resize(static_cast<std::size_t>(limit));
    return events;
}

}  // namespace etapa::events
