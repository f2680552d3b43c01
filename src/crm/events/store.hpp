#pragma once
// The log of events. There is one event for each transaction and subject: a second publication for a subject is merged
// into the first, keeping the oldest `from` and the newest `to` of every member.

#include "base/json_write.hpp"
#include "crm/events/event.hpp"
#include "crm/events/position.hpp"
#include "db/tx.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace etapa::events {

// A set of named values, each as JSON text.
class Members {
public:
    template <class T> Members& add(std::string_view name, const T& value) {
        members_.emplace_back(std::string(name), json::to_text(value));
        return *this;
    }
    [[nodiscard]] bool empty() const { return members_.empty(); }
    // Adds the members of `later`; where both have one, `wins` tells whose value stays.
    enum class Wins : std::uint8_t { earlier, later };
    void merge(const Members& later, Wins wins);
    [[nodiscard]] JsonObject object() const;

private:
    std::vector<std::pair<std::string, std::string>> members_;
};

// `kind` is a literal such as "step.entered".
void publish(WriteTx& tx, std::string_view kind, std::string_view subject, const Members& from, const Members& to);

// All members of an entity that the API shows.
template <Described T> Members members_of(const T& entity) {
    Members members;
    for_each_field<T>([&]<class F>(const F& field) {
        if (!field.is(internal)) members.add(field.name, entity.*field.member);
    });
    return members;
}

template <Described T> void publish_created(WriteTx& tx, std::string_view kind, const T& entity) {
    publish(tx, kind, entity.id.value, {}, members_of(entity));
}

template <Described T> void publish_deleted(WriteTx& tx, std::string_view kind, const T& entity) {
    publish(tx, kind, entity.id.value, members_of(entity), {});
}

// Publishes the members that the API shows and that differ, but for `updatedAt`; returns false, and publishes nothing,
// when none does.
template <Described T> bool publish_changed(WriteTx& tx, std::string_view kind, const T& before, const T& after) {
    Members from;
    Members to;
    for_each_field<T>([&]<class F>(const F& field) {
        if (field.is(internal) || field.name == "updatedAt") return;
        if (json::to_text(before.*field.member) == json::to_text(after.*field.member)) return;
        from.add(field.name, before.*field.member);
        to.add(field.name, after.*field.member);
    });
    if (to.empty()) return false;
    publish(tx, kind, after.id.value, from, to);
    return true;
}

// The life in which this installation is (migrations/0003).
std::int64_t epoch(ReadTx& tx);

// The position behind the latest event that `after` gives.
Position latest(ReadTx& tx);
// The position behind an event that was read in this epoch.
inline Position position_of(const Event& event, std::int64_t epoch) {
    return {.epoch = epoch, .transaction = event.transaction_id, .sequence = event.sequence};
}

// Up to `limit` events after a position of this epoch, in an order in which none can ever appear before one that was
// read: by transaction, as far as all transactions have ended.
std::vector<Event> after(ReadTx& tx, const Position& position, std::int64_t limit);

}  // namespace etapa::events
