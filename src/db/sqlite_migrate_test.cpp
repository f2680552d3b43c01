#include "db/backup.hpp"
#include "db/migrate.hpp"
#include "db/server_lock.hpp"
#include "db/sqlite.hpp"
#include "db/test_database.hpp"

#include <fstream>
#include <thread>

namespace etapa::db {
namespace {

class SqliteFiles : public TestDatabase {
protected:
    // The sentence with which `act` refuses.
    template <class F> static std::string refusal(F act) {
        try {
            act();
            return "did not refuse";
        } catch (const Unusable& why) {
            return why.what();
        }
    }
    template <class F> void expect_refusal(F act, std::string_view part) {
        const auto sentence = refusal(act);
        EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
    }

    std::int64_t entries_of(const std::string& file) {
        SqliteConnection connection(file, Access::write);
        std::int64_t count = 0;
        auto keep = [&](const Row& row) { count = row.integer(0); };
        connection.run({"SELECT count(*) FROM entry"}, {}, keep);
        return count;
    }

    std::string file = directory.file("test.db");
};

using SqliteMigrate = SqliteFiles;

TEST_F(SqliteMigrate, CreatesTheDirectoryAndTheFileOnce) {
    settings.url = "sqlite:" + directory.file("new/deep/etapa.db");
    migrate(env, settings.url, test_migrations);
    migrate(env, settings.url, test_migrations);
    const auto versions = read(
        [](ReadTx& tx) { return tx.all<std::tuple<std::int64_t, std::string, Time>>("SELECT * FROM schema_version"); });
    EXPECT_EQ(versions, (std::vector<std::tuple<std::int64_t, std::string, Time>>{{1, "0001_cards", start},
                                                                                  {2, "0002_links", start}}));
    EXPECT_FALSE(std::filesystem::exists(directory.file("new/deep/etapa.db.before-2"))) << "there was nothing to keep";
}

TEST_F(SqliteMigrate, KeepsACopyFromBefore) {
    migrate(env, settings.url, std::span(test_migrations).first(1));
    EXPECT_FALSE(std::filesystem::exists(file + ".before-1"));
    SqliteConnection(file, Access::write).execute("INSERT INTO entry (text) VALUES ('old')");
    migrate(env, settings.url, test_migrations);
    EXPECT_EQ(entries_of(file + ".before-2"), 1);
    EXPECT_NO_THROW(check_schema("sqlite:" + file + ".before-2", std::span(test_migrations).first(1)));
    EXPECT_NO_THROW(check_schema(settings.url, test_migrations));
}

TEST_F(SqliteMigrate, AFailedMigrationLeavesTheVersionBefore) {
    constexpr std::array broken{test_migrations[0],
                                Migration{.name = "0002_broken", .text = "CREATE TABLE x (a); NONSENSE;"}};
    migrate(env, settings.url, std::span(broken).first(1));
    EXPECT_THROW(migrate(env, settings.url, broken), std::logic_error);
    EXPECT_NO_THROW(check_schema(settings.url, std::span(test_migrations).first(1)));
    EXPECT_NO_THROW(migrate(env, settings.url, test_migrations));
}

TEST_F(SqliteMigrate, TwoAtOnceAreSafe) {
    for (int round = 0; round < 5; ++round) {
        const std::string url = "sqlite:" + directory.file("race" + std::to_string(round) + ".db");
        std::vector<std::jthread> threads;
        for (int number = 0; number < 4; ++number) {
            threads.emplace_back([&] { EXPECT_NO_THROW(migrate(env, url, test_migrations)); });
        }
        threads.clear();
        EXPECT_NO_THROW(check_schema(url, test_migrations));
    }
}

TEST_F(SqliteMigrate, SaysWhatToDoWhenItCannot) {
    migrate(env, settings.url, test_migrations);
    const auto one = std::span(test_migrations).first(1);
    expect_refusal([&] { migrate(env, settings.url, one); },
                   "has schema 2, but this etapa knows only 1. Start the newer");
    expect_refusal([&] { check_schema(settings.url, one); }, "Start the newer etapa");
    migrate(env, "sqlite:" + directory.file("old.db"), one);
    expect_refusal([&] { check_schema("sqlite:" + directory.file("old.db"), test_migrations); }, "Run `etapa migrate");
    expect_refusal([&] { check_schema("sqlite:" + directory.file("none.db"), one); }, "Check that it exists");
    expect_refusal([&] { migrate(env, "mysql:x", one); }, "Give it as sqlite:PATH");
    expect_refusal([&] { migrate(env, "sqlite:/proc/nowhere/x.db", one); }, "cannot be created");
    std::ofstream(directory.file("text.db")) << std::string(4'096, 'x');
    expect_refusal([&] { migrate(env, "sqlite:" + directory.file("text.db"), one); }, "is not an SQLite database");
    SqliteConnection(directory.file("other.db"), Access::create).execute("CREATE TABLE mine (a)");
    expect_refusal([&] { migrate(env, "sqlite:" + directory.file("other.db"), one); }, "was not made by etapa");
    std::ofstream(directory.file("plain"));
    expect_refusal([&] { migrate(env, "sqlite:" + directory.file("plain/x.db"), one); }, "cannot be created");
}

using SqliteBackup = SqliteFiles;

TEST_F(SqliteBackup, ACopyBesideBusyWritersHoldsWhatWasAcknowledged) {
    open();
    std::atomic<std::int64_t> acknowledged = 0;
    std::atomic<bool> enough = false;
    std::vector<std::thread> writers;
    for (int number = 0; number < 4; ++number) {
        writers.emplace_back([&, number] {
            for (int count = 0; !enough; ++count) {
                add_entry(std::to_string(number) + ' ' + std::to_string(count));
                ++acknowledged;
            }
        });
    }
    for (const std::string name : {"copy1.db", "copy2.db", "copy3.db"}) {
        const std::int64_t before = acknowledged;
        database().backup(directory.file(name));
        EXPECT_FALSE(std::filesystem::exists(directory.file(name + "-wal")));
        EXPECT_GE(entries_of(directory.file(name)), before);
    }
    enough = true;
    for (auto& thread : writers) thread.join();
    settings.url = "sqlite:" + directory.file("copy1.db");
    EXPECT_NO_THROW(open());
}

TEST_F(SqliteBackup, RefusesToOverwrite) {
    open();
    std::ofstream(directory.file("precious")) << "mine";
    expect_refusal([&] { database().backup(directory.file("precious")); }, "it exists already; give another name");
    expect_refusal([&] { database().backup(directory.file("no/such/place")); }, "cannot be written");
    EXPECT_EQ(std::filesystem::file_size(directory.file("precious")), 4U);
}

TEST_F(SqliteFiles, ASecondServerOnTheFileIsRefused) {
    {
        const ServerLock first(settings.url);
        expect_refusal([&] { ServerLock second(settings.url); }, "Another etapa server runs on the database");
        const ServerLock elsewhere("sqlite:" + directory.file("other.db"));
    }
    EXPECT_NO_THROW(ServerLock third(settings.url));
    expect_refusal([&] { ServerLock lock("sqlite:" + directory.file("no/such/x.db")); }, "cannot be written");
}

}  // namespace
}  // namespace etapa::db
