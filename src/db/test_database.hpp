#pragma once
// A database of its own with a schema for the tests of this folder. For tests only.

#include "db/database.hpp"
#include "db/migrate.hpp"
#include "db/test_store.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <string>

namespace etapa::db {

struct Size {
    std::int64_t width = 0;
    std::int64_t height = 0;

    static consteval auto fields() {
        return describe(field("width", &Size::width, "In pixels."), field("height", &Size::height, "In pixels."));
    }
    bool operator==(const Size&) const = default;
};

enum class Mood : std::uint8_t { calm, upset };
constexpr auto names(Mood) { return std::to_array<std::string_view>({"CALM", "UPSET"}); }

struct Card {
    OrganizationId organization_id;
    Id<Card> id;
    Name name;
    std::int64_t position = 0;
    std::optional<std::string> remark;
    std::vector<std::string> labels;
    std::optional<Size> size;
    Mood mood = Mood::calm;
    bool is_open = true;
    double weight = 0;
    JsonObject extra;
    Time created_at;

    static consteval auto fields() {
        return describe(field("organizationId", &Card::organization_id, "Owner."), field("id", &Card::id, "Identity."),
                        field("name", &Card::name, "Title."),
                        field("index", &Card::position, "Place.", column("position")),
                        field("remark", &Card::remark, "Remark."), field("labels", &Card::labels, "Labels."),
                        field("size", &Card::size, "Size."), field("mood", &Card::mood, "Mood."),
                        field("isOpen", &Card::is_open, "Whether open."), field("weight", &Card::weight, "Weight."),
                        field("extra", &Card::extra, "More."), field("createdAt", &Card::created_at, "Made."));
    }
    bool operator==(const Card&) const = default;
};

inline constexpr std::array test_migrations{
    Migration{.name = "0001_cards",
              .text =
                  "CREATE TABLE card (organization_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, position "
                  "BIGINT NOT NULL, remark TEXT, labels TEXT NOT NULL, size TEXT, mood TEXT NOT NULL, is_open BOOLEAN "
                  "NOT NULL, weight DOUBLE PRECISION NOT NULL, extra TEXT NOT NULL, created_at BIGINT NOT NULL, "
                  "PRIMARY KEY (organization_id, id)) {clustered};\n"
                  "CREATE TABLE entry (number {sequence}, text TEXT NOT NULL UNIQUE);\n"},
    Migration{.name = "0002_links",
              .text = "CREATE TABLE link (number BIGINT NOT NULL PRIMARY KEY, entry BIGINT NOT NULL REFERENCES entry "
                      "(number) DEFERRABLE INITIALLY DEFERRED, content {blob}) {clustered};\n"}};

class TestDatabase : public testing::Test {
public:
    static constexpr Time start{1'700'000'000'000};

    TestDatabase() { settings.migrations = test_migrations; }

    Database& open() {
        migrate(env, settings.url, settings.migrations);
        return database_.emplace(env, settings, alarm);
    }
    void close() { database_.reset(); }
    Database& database() { return database_ ? *database_ : open(); }

    // Bodies are passed as temporaries here; the bridge itself keeps them by reference.
    template <class F> auto write(F body) { return database().write_now(caller, body); }
    template <class F> auto read(F body) { return database().read_now(caller, body); }

    std::int64_t entries() {
        return read([](ReadTx& tx) { return tx.one<std::int64_t>("SELECT count(*) FROM entry"); });
    }
    void add_entry(std::string_view text) {
        write([&](WriteTx& tx) { tx.run("INSERT INTO entry (text) VALUES ($1)", text); });
    }

    // The value of one series as /metrics shows it.
    double metric(const std::string& series) {
        const std::string text = '\n' + metrics.text();
        const auto at = text.find('\n' + series + ' ');
        return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + series.size() + 2, nullptr);
    }

    TestStore store{TestStore::Tables::of_the_test};
    const TemporaryDirectory& directory = store.directory();
    ManualClock clock{start};
    Metrics metrics;
    SeededRandom random{1};
    Env env{clock, Log::silent(), metrics, random};
    Alarm alarm{clock};
    Caller caller{{"org"}, {}, "test"};
    DatabaseSettings settings{.url = store.url(), .postgres_writers = 2, .postgres_readers = 2};

private:
    std::optional<Database> database_;
};

}  // namespace etapa::db
