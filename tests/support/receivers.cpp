#include "support/receivers.hpp"

#include "crm/events/shown.hpp"
#include "crm/events/store.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

namespace etapa::tests {
namespace {

constexpr std::string_view address_begins = "https://hook";
// A delivery is given up after ten attempts in three days and some hours, and never earlier; clocks that are set back
// may take some hours off.
constexpr Duration patience_min = seconds(60LL * 3'600);
// Deliveries are kept for thirty days.
constexpr Duration kept_min = seconds(29LL * 86'400);

std::string header(const net::OutboundRequest& request, std::string_view name) {
    for (const auto& [known, value] : request.headers) {
        if (known == name) return value;
    }
    return {};
}

std::optional<std::int64_t> number_at_end(std::string_view text, char before) {
    const auto digits = text.substr(text.rfind(before) + 1);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

std::string text_in(const boost::json::value& object, std::string_view name) {
    const auto* value = object.as_object().if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string lane_in(const std::string& body) {
    const auto data = boost::json::parse(body).at("data");
    const auto conversation = text_in(data, "conversationId");
    return conversation.empty() ? text_in(data, "subjectId") : conversation;
}

}  // namespace

void Receivers::add(std::size_t host, std::string_view events_member) {
    const auto number = std::to_string(endpoints_.size());
    const auto url = std::string(address_begins) + std::to_string(host % hosts) + ".example/" + number;
    std::string body = R"({"url":")" + url + '"';
    if (!events_member.empty()) body += R"(,"events":)" + std::string(events_member);
    const auto made = world_.call("POST", "/webhooks", body + '}');
    if (made.status != 201) return;
    Endpoint endpoint;
    endpoint.id = made.text("id");
    endpoint.host = host % hosts;
    endpoint.created_at = *parse_time(made.text("createdAt"));
    if (const auto types = made.at("events"); types.is_array()) {
        for (const auto& type : types.get_array()) endpoint.types.emplace(type.as_string());
    }
    ids_.push_back(endpoint.id);
    endpoints_.push_back(std::move(endpoint));
}

bool Receivers::is_for(const net::OutboundRequest& request) { return request.url.starts_with(address_begins); }

net::OutboundResult Receivers::answer(const net::OutboundRequest& request) {
    const auto number = number_at_end(request.url, '/');
    const auto sequence = number_at_end(header(request, "webhook-id"), '_');
    const auto host = static_cast<std::size_t>(request.url.at(address_begins.size()) - '0');
    Endpoint* endpoint = number ? &endpoints_.at(static_cast<std::size_t>(*number)) : nullptr;
    if (endpoint != nullptr && sequence) attempted_.emplace(endpoint->id, *sequence);
    ++attempts_;
    const auto mood = moods_.at(host);
    const bool takes = mood == Mood::well || (mood == Mood::flaky && attempts_ % 3 != 0);
    // Somebody took it, and did not live to say so.
    const bool takes_silently = mood == Mood::silent && attempts_ % 2 == 0;
    ++(takes ? taken_ : refused_);
    if (endpoint != nullptr && sequence && (takes || takes_silently)) {
        if (takes_silently) repeatable_.emplace(endpoint->id, *sequence);
        take(*endpoint, lane_in(request.body), *sequence);
    }
    if (takes) return Internet::status(204);
    if (endpoint != nullptr) endpoint->refused_at = world_.clock().now();
    switch (mood) {
        case Mood::silent: return Internet::silence();
        case Mood::busy: return Internet::status(429, {{"retry-after", "3600"}});
        case Mood::gone: return Internet::status(410);
        default: return Internet::status(500, {}, "out of order");
    }
}

void Receivers::take(Endpoint& endpoint, const std::string& lane, std::int64_t sequence) {
    const auto count = ++endpoint.taken[sequence];
    endpoint.due.erase(sequence);
    auto& last = endpoint.last_in[lane];
    if (count == 1 && sequence < last) {
        complaint_ = "event " + std::to_string(sequence) + " of " + lane + " was told after " + std::to_string(last);
    }
    last = std::max(last, sequence);
}

std::string Receivers::look() {
    follow();
    if (is_repetition_allowed_) repeatable_.insert(attempted_.begin(), attempted_.end());
    is_repetition_allowed_ = false;
    const auto attempted = std::exchange(attempted_, {});
    for (const auto& [id, sequence] : attempted) {
        const auto& endpoint = *std::ranges::find(endpoints_, id, &Endpoint::id);
        const auto taken = endpoint.taken.find(sequence);
        if (taken == endpoint.taken.end()) continue;
        const auto what = "event " + std::to_string(sequence) + " was told ";
        if (taken->second > 1 && !repeatable_.contains({id, sequence})) return what + "twice";
        if (!stored_.contains(sequence)) return what + "but never happened";
    }
    return complaint_;
}

void Receivers::follow() {
    constexpr std::int64_t page = 1'000;
    while (true) {
        std::vector<Event> events;
        auto read = [&](ReadTx& tx) {
            position_.epoch = events::epoch(tx);
            events = events::after(tx, position_, page);
        };
        world_.database().read_now(world_.caller(), read);
        for (const auto& event : events) note(event);
        if (!events.empty()) position_ = events::position_of(events.back(), position_.epoch);
        if (std::ssize(events) < page) return;
    }
}

void Receivers::note(const Event& event) {
    stored_.insert(event.sequence);
    const auto lane = events::shown(event).lane();
    for (auto& endpoint : endpoints_) {
        if (event.kind == "conversation.deleted") {
            std::erase_if(endpoint.due, [&](const auto& one) { return one.second.lane == lane; });
        }
        if (event.subject_id == endpoint.id) {
            note_fate(endpoint, event);
        } else if (endpoint.is_active && event.created_at >= endpoint.created_at &&
                   (endpoint.types.empty() || endpoint.types.contains(event.kind)) &&
                   !endpoint.taken.contains(event.sequence)) {
            endpoint.due.emplace(event.sequence, Due{lane, event.created_at});
        }
    }
}

// Whoever is told nothing is owed nothing.
void Receivers::note_fate(Endpoint& endpoint, const Event& event) {
    const auto state = text_in(boost::json::parse(event.changed_to.value), "state");
    if (state == "active") endpoint.is_active = true;
    if (state == "disabled" || event.kind == "webhook.deleted") {
        endpoint.is_active = false;
        endpoint.due.clear();
    }
}

bool Receivers::is_out_of_patience(const Endpoint& endpoint, const Due& due) const {
    return endpoint.refused_at && *endpoint.refused_at - due.created_at >= patience_min;
}

std::string Receivers::missing() {
    for (const auto& endpoint : endpoints_) {
        std::map<std::string, std::string> states;
        auto read = [&](ReadTx& tx) {
            for (auto& [id, state] : tx.all<std::tuple<std::string, std::string>>(
                     "SELECT webhook_id, state FROM delivery WHERE organization_id = $1 AND source_id = $2",
                     tx.organization(), endpoint.id)) {
                states[id] = state;
            }
        };
        world_.database().read_now(world_.caller(), read);
        for (const auto& [id, state] : states) {
            if (state == "pending") return id + " still waits, although its receiver is well";
        }
        for (const auto& [sequence, due] : endpoint.due) {
            const auto id = "msg_" + std::to_string(sequence);
            const bool is_gone = !states.contains(id) && world_.clock().now() - due.created_at >= kept_min;
            if (is_out_of_patience(endpoint, due) && (is_gone || states[id] == "failed")) continue;
            std::string what = id;
            what.append(" of ").append(due.lane).append(" was never told to ").append(endpoint.id);
            return what.append(", and is '").append(states[id]).append("'");
        }
    }
    return {};
}

}  // namespace etapa::tests
