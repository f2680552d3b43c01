// How SQLite finds rows: no statement of any route reads all rows of an organization in a table that grows with its
// conversations, unless it is a page in the order of an index, or its reason stands below.
#include "support/examples.hpp"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <regex>
#include <set>
#include <sqlite3.h>

namespace etapa::tests {
namespace {

// Statements that begin so, up to the table, may read many rows; each for a reason.
const std::map<std::string, std::string> allowed{
    {"SELECT status, count(*) FROM conversation", "counts everything, in an index that holds the answer"},
    {"SELECT count(*) FROM contact WHERE ", "counts what a search finds, however many there are"},
    {"SELECT placement.scenario_id, step.id, count(*)", "counts everything"},
};

// Every statement that any connection of this process has run, and the file of the latest.
class Statements {
public:
    Statements() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch)); }
    ~Statements() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(watch)); }
    Statements(const Statements&) = delete;
    Statements& operator=(const Statements&) = delete;

    static void forget() {
        const std::lock_guard lock(mutex);
        seen.clear();
    }
    [[nodiscard]] static std::set<std::string> texts() {
        const std::lock_guard lock(mutex);
        return seen;
    }
    static inline std::string file;

private:
    static int watch(sqlite3* handle, char**, const sqlite3_api_routines*) {
        sqlite3_trace_v2(handle, SQLITE_TRACE_STMT, note, handle);
        return SQLITE_OK;
    }

    static int note(unsigned, void* handle, void* statement, void*) {
        const std::lock_guard lock(mutex);
        file = sqlite3_db_filename(static_cast<sqlite3*>(handle), "main");
        seen.insert(sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
        return 0;
    }

    static inline std::mutex mutex;
    static inline std::set<std::string> seen;
};

std::vector<std::string> plan_of(sqlite3* handle, const std::string& text) {
    sqlite3_stmt* statement = nullptr;
    std::vector<std::string> plan;
    if (sqlite3_prepare_v2(handle, ("EXPLAIN QUERY PLAN " + text).c_str(), -1, &statement, nullptr) != SQLITE_OK) {
        ADD_FAILURE() << sqlite3_errmsg(handle) << ": " << text;
        return plan;
    }
    while (sqlite3_step(statement) == SQLITE_ROW) {
        plan.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 3)));
    }
    sqlite3_finalize(statement);
    return plan;
}

// Whether a step of a plan reads a whole growing table, or all of an organization's rows in it.
bool reads_everything(const std::string& step) {
    static const std::regex whole(
        "(SCAN|SEARCH) "
        "(conversation|delivery|conversation_assignee|conversation_tag|conversation_variable|contact|contact_variable|"
        "message|note|placement|stay|blob|job|idempotency|assignee)( USING [A-Z ]+\\w* \\(organization_id=\\?\\))?");
    static const std::regex few("conversation_deleted|job_failed");  // indexes of the few rows that are asked for
    return std::regex_match(step, whole) && !std::regex_search(step, few);
}

// A page in the order of an index reads no more than it shows.
bool is_page(const std::string& text, const std::vector<std::string>& plan) {
    return text.find(" LIMIT ") != std::string::npos && std::ranges::none_of(plan, [](const auto& step) {
               return step.starts_with("USE TEMP B-TREE FOR ORDER BY");
           });
}

TEST(SqlitePlans, NoStatementReadsEverythingOfAnOrganization) {
    const Statements statements;
    World world;
    Statements::forget();  // migrations
    Things mine{world, world.key()};
    for (const auto& example : examples()) {
        mine.renew();
        const auto request = filled_in(example, mine);
        world.call(example.method, request.target, request.body);
    }
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open_v2(Statements::file.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
    int selected = 0;
    for (const auto& text : Statements::texts()) {
        if (!std::regex_search(text, std::regex("^(SELECT|UPDATE|DELETE|INSERT|WITH)"))) continue;
        ++selected;
        const auto plan = plan_of(handle, text);
        const bool is_allowed =
            std::ranges::any_of(allowed, [&](const auto& one) { return text.starts_with(one.first); });
        if (is_allowed || is_page(text, plan)) continue;
        for (const auto& step : plan) EXPECT_FALSE(reads_everything(step)) << step << "\n  in: " << text;
    }
    EXPECT_GT(selected, 80);
    sqlite3_close(handle);
}

}  // namespace
}  // namespace etapa::tests
