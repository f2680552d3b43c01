// What happened, page by page.
#include "api/resources.hpp"
#include "base/cursor.hpp"
#include "crm/events/store.hpp"

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

EventPage list_events(ReadTx& tx, const EventQuery& wanted) {
    std::int64_t after = 0;
    if (wanted.after) {
        const auto position = read_cursor(wanted.after->value);
        if (!position) {
            throw Problem(400, "invalid_request", "after is not a cursor that this server gave.",
                          {{"after", "must be a cursor of this list"}});
        }
        after = *position;
    }
    EventPage page;
    page.data = events::after(tx, after, wanted.limit.value);
    page.cursor = write_cursor(page.data.empty() ? after : page.data.back().sequence);
    return page;
}

}  // namespace

void events(Router& router) {
    router.resource("Events", "Facts, in the order in which they were committed.");
    router.get("/events", "List what happened", list_events);
}

}  // namespace etapa::api
