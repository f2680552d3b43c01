// What happened, page by page.
#include "api/resources.hpp"
#include "crm/events/retention.hpp"

namespace etapa::api {
namespace {

struct EventQuery {
    std::optional<ShortText> after;
    AtMost<1'000> limit{100};

    static consteval auto fields() {
        return describe(
            field("after", &EventQuery::after, "The cursor of the page before; absent: from the beginning."),
            field("limit", &EventQuery::limit, "Rows, at most 1,000; 100 unless told."));
    }
};

struct EventPage {
    static constexpr bool many_rows = true;
    std::vector<Event> data;
    std::string cursor;

    static constexpr std::string_view schema_name = "EventPage";
    static consteval auto fields() {
        return describe(field("data", &EventPage::data, "The events, in the order in which they were committed."),
                        field("cursor", &EventPage::cursor, "Opaque; send it as `after` for what comes next."));
    }
};

[[noreturn]] void refuse_cursor(std::string_view why) {
    throw Problem(400, "invalid_request", "after is not a cursor that can be used: it " + std::string(why) + '.',
                  {{"after", std::string(why)}});
}

EventPage list_events(ReadTx& tx, const EventQuery& wanted) {
    events::Position position{.epoch = events::epoch(tx)};
    if (wanted.after) {
        const auto given = events::Position::parse(wanted.after->value);
        if (!given) refuse_cursor("must be a cursor of this list");
        if (given->epoch != position.epoch) refuse_cursor("is from before the database was moved; begin without it");
        if (events::is_erased(tx, *given)) refuse_cursor("is from before the events that are kept; begin without it");
        position = *given;
    }
    EventPage page;
    page.data = events::after(tx, position, wanted.limit.value);
    if (!page.data.empty()) {
        position.transaction = page.data.back().transaction_id;
        position.sequence = page.data.back().sequence;
    }
    page.cursor = position.text();
    return page;
}

}  // namespace

void events(Router& router) {
    router.resource("Events", "Facts, in the order in which they were committed.");
    router.get("/events", "List what happened", list_events);
}

}  // namespace etapa::api
