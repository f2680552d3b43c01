// How PostgreSQL finds rows: on a database with many conversations, no statement of any route or job reads a whole
// table that grows with them, unless its reason stands below. Statements are explained with generic plans, those that
// serve any value, because they are what a busy connection comes to use.
#include "db/postgres.hpp"
#include "support/examples.hpp"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

namespace etapa::tests {
namespace {

// Statements that begin so may read a whole table; each for a reason.
const std::map<std::string, std::string> allowed{
    {"SELECT status, count(*) FROM conversation", "counts everything"},
    {"SELECT count(*) FROM contact WHERE ", "counts what a search finds, however many there are"},
    {"SELECT placement.scenario_id, step.id, count(*)", "counts everything"},
    {"SELECT count(*) FROM job WHERE state = $1", "a metric, every 15 s"},
};

constexpr auto few = "CASE WHEN g % 500 = 0 THEN g END";

// Tables that grow with conversations, and what their rows need where a number would not do.
const std::map<std::string, std::map<std::string, std::string>> growing{
    {"contact", {{"deleted_at", few}, {"merged_into_id", "NULL"}}},
    {"conversation",
     {{"status", "'RESOLVED'"}, {"priority", "'LOW'"}, {"agent_id", "'a' || g % 50"}, {"deleted_at", few}}},
    {"conversation_assignee", {{"membership_id", "'m' || g % 50"}}},
    {"conversation_tag", {{"tag", "'t' || g % 50"}}},
    {"conversation_variable", {}},
    {"contact_variable", {{"source", "'human'"}}},
    {"message", {{"sender", "'human'"}, {"conversation_id", "'k' || g / 5"}}},
    {"note", {}},
    {"placement", {{"available", "TRUE"}, {"step_id", "'s' || g % 50"}, {"scenario_id", "'c' || g % 10"}}},
    {"stay", {{"status", "'inactive'"}, {"step_id", "'s' || g % 50"}, {"scenario_id", "'c' || g % 10"}}},
    {"blob", {}},
    {"job", {{"state", "'pending'"}}},
    {"idempotency", {}},
    {"delivery", {{"source", "'endpoint'"}, {"state", "'delivered'"}, {"source_id", "'w' || g % 10"}}},
    {"event", {{"transaction_id", "g"}}},
    {"thread", {{"connection_id", "'n' || g % 10"}}},
};

class Prober {
public:
    explicit Prober(const std::string& url) : connection_(url, {}) {}

    std::vector<std::string> rows(const std::string& text) {
        std::vector<std::string> rows;
        auto keep = [&](const db::Row& row) { rows.emplace_back(row.text(0)); };
        connection_.run({text, db::Statement::Lifetime::call}, {}, keep);
        return rows;
    }

    void script(const std::string& text) { connection_.execute_script(text); }

private:
    db::PostgresConnection connection_;
};

// Every column by its type: texts and numbers that differ from row to row. Four organizations share the rows.
std::string filling(Prober& prober, const std::string& table, const std::map<std::string, std::string>& values) {
    std::string columns;
    std::string made;
    for (const auto& described :
         prober.rows("SELECT attname || ' ' || format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = '" +
                     table + "'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum")) {
        const auto name = described.substr(0, described.find(' '));
        const auto type = described.substr(described.find(' ') + 1);
        columns += (columns.empty() ? "" : ", ") + name;
        made += made.empty() ? "" : ", ";
        if (const auto known = values.find(name); known != values.end()) {
            made += known->second;
        } else if (name == "organization_id") {
            made += "'o' || g % 4";
        } else {
            made += type == "bigint"    ? "g"
                    : type == "boolean" ? "g % 2 = 0"
                    : type == "bytea"   ? "'x'"
                    : type == "text"    ? "'k' || g"
                                        : "0";
        }
    }
    return "INSERT INTO " + table + " (" + columns + ") SELECT " + made +
           " FROM generate_series(1000, 13000) AS g ON CONFLICT DO NOTHING;";
}

// What the server's log says that it executed.
std::set<std::string> executed(Prober& prober) {
    static const std::regex line(R"(execute s\d+: ((SELECT|UPDATE|DELETE|INSERT|WITH) [^\n]+))");
    const auto log = prober.rows("SELECT pg_read_file(current_setting('data_directory') || '/../log')").at(0);
    std::set<std::string> texts;
    for (auto at = std::sregex_iterator(log.begin(), log.end(), line); at != std::sregex_iterator(); ++at) {
        texts.insert((*at)[1]);
    }
    return texts;
}

std::vector<std::string> plan_of(Prober& prober, const std::string& text) {
    static const std::regex parameter(R"(\$(\d+))");
    int count = 0;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), parameter); at != std::sregex_iterator(); ++at) {
        count = std::max(count, std::stoi((*at)[1]));
    }
    std::string nulls;
    for (int number = 0; number < count; ++number) nulls += number == 0 ? "NULL" : ", NULL";
    prober.script("PREPARE explained AS " + text);
    auto plan = prober.rows("EXPLAIN EXECUTE explained" + (count == 0 ? "" : '(' + nulls + ')'));
    prober.script("DEALLOCATE explained");
    return plan;
}

TEST(PostgresPlans, NoStatementReadsAWholeGrowingTable) {
    auto& owner = db::TestSchemas::instance();
    owner.run_as_owner("ALTER ROLE etapa SET log_statement = 'all'");
    owner.run_as_owner("ALTER ROLE etapa SET log_parameter_max_length = 0");
    std::optional<World> world(std::in_place);
    Things mine{*world, world->key()};
    for (const auto& example : examples()) {
        mine.renew();
        const auto request = filled_in(example, mine);
        world->call(example.method, request.target, request.body);
    }
    world->pass(seconds(100LL * 86'400));
    owner.run_as_owner("ALTER ROLE etapa RESET ALL");
    auto schema = [](ReadTx& tx) { return tx.one<std::string>("SELECT current_schema()"); };
    Prober prober(db::TestSchemas::url(world->database().read_now(world->caller(), schema)));
    const auto texts = executed(prober);
    EXPECT_GT(texts.size(), 150U);

    std::string fill = "SET session_replication_role = replica;";
    for (const auto& [table, values] : growing) fill += filling(prober, table, values);
    prober.script(fill + "ANALYZE;");
    prober.script("SET plan_cache_mode = force_generic_plan");
    static const std::regex scan(R"(Seq Scan on (\w+))");
    for (const auto& text : texts) {
        if (std::ranges::any_of(allowed, [&](const auto& one) { return text.starts_with(one.first); })) continue;
        const auto plan = plan_of(prober, text);
        for (const auto& step : plan) {
            std::smatch found;
            if (!std::regex_search(step, found, scan) || !growing.contains(found[1])) continue;
            ADD_FAILURE() << step << "\n  in: " << text;
        }
    }
}

}  // namespace
}  // namespace etapa::tests
