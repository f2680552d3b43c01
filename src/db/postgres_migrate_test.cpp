#include "db/migrate.hpp"
#include "db/postgres_sql.hpp"
#include "db/test_database.hpp"
#include "db/url.hpp"

#include <thread>

namespace etapa::db {
namespace {

class PostgresMigrate : public TestDatabase {
protected:
    template <class F> static void expect_refusal(F act, std::string_view part) {
        std::string sentence = "did not refuse";
        try {
            act();
        } catch (const Unusable& why) {
            sentence = why.what();
        }
        EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
    }
    // The address with another user, password or database in it.
    static std::string server_with(std::string_view user, std::string_view name) {
        const auto server = TestSchemas::server();
        const auto at = server.find('@');
        return "postgres://" + std::string(user) + server.substr(at, server.rfind('/') - at) + '/' + std::string(name);
    }
    void try_to_migrate(const std::string& url) { migrate(env, url, test_migrations); }
};

TEST_F(PostgresMigrate, TenAtOnceMakeTheSchemaOnce) {
    std::vector<std::jthread> nodes;
    for (int number = 0; number < 10; ++number) {
        nodes.emplace_back([&] { EXPECT_NO_THROW(try_to_migrate(settings.url)); });
    }
    nodes.clear();
    EXPECT_NO_THROW(check_schema(settings.url, test_migrations));
    EXPECT_EQ(read([](ReadTx& tx) { return tx.one<std::int64_t>("SELECT count(*) FROM schema_version"); }), 2);
}

TEST_F(PostgresMigrate, AFailedMigrationLeavesTheVersionBefore) {
    constexpr std::array broken{test_migrations[0],
                                Migration{.name = "0002_broken", .text = "CREATE TABLE x (a TEXT); NONSENSE;"}};
    migrate(env, settings.url, std::span(broken).first(1));
    EXPECT_THROW(migrate(env, settings.url, broken), std::logic_error);
    EXPECT_NO_THROW(check_schema(settings.url, std::span(test_migrations).first(1)));
    EXPECT_NO_THROW(try_to_migrate(settings.url));
}

TEST_F(PostgresMigrate, SchemasThatDoNotFitAreRefused) {
    expect_refusal([&] { check_schema(settings.url, test_migrations); }, "Run `etapa migrate");
    try_to_migrate(settings.url);
    const auto one = std::span(test_migrations).first(1);
    expect_refusal([&] { migrate(env, settings.url, one); },
                   "has schema 2, but this etapa knows only 1. Start the newer");
    expect_refusal([&] { check_schema(settings.url, one); }, "Start the newer etapa");
    const auto name = settings.url.substr(settings.url.rfind("3D") + 2);
    TestSchemas::instance().run_as_owner("DROP TABLE " + name + ".schema_version");
    expect_refusal([&] { try_to_migrate(settings.url); }, "was not made by etapa");
}

TEST_F(PostgresMigrate, SaysWhatToDoWhenThereIsNoWayIn) {
    expect_refusal([&] { try_to_migrate("postgres://etapa@127.0.0.1:1/etapa"); }, "Start the server");
    expect_refusal([&] { try_to_migrate(server_with("locked:wrong", "etapa")); }, "Give the right user and password");
    expect_refusal([&] { try_to_migrate(server_with("locked", "etapa")); }, "Give the password in the address");
    expect_refusal([&] { try_to_migrate(server_with("nobody", "etapa")); }, "Create the user with `createuser");
    expect_refusal([&] { try_to_migrate(server_with("etapa", "none")); }, "Create the database with `createdb");
    expect_refusal([&] { try_to_migrate(server_with("locked:right", "etapa")); }, "GRANT CREATE, USAGE ON SCHEMA");
}

TEST_F(PostgresMigrate, OtherEncodingsAreRefused) {
    auto& server = TestSchemas::instance();
    server.run_as_owner("CREATE DATABASE latin ENCODING LATIN1 LOCALE 'C' TEMPLATE template0");
    expect_refusal([&] { try_to_migrate(server_with("etapa", "latin")); }, "is encoded as LATIN1");
    server.run_as_owner("DROP DATABASE latin");
}

TEST_F(PostgresMigrate, NobodyIsShownAPassword) {
    EXPECT_EQ(shown("postgres://me:secret@host:5433/crm?sslmode=require"), "postgres://me@host:5433/crm");
    EXPECT_EQ(shown("postgresql:///crm?host=/run/postgresql&password=secret"), "postgres:///crm?host=/run/postgresql");
    EXPECT_EQ(shown("sqlite:data/etapa.db"), "sqlite:data/etapa.db");
}

TEST_F(PostgresMigrate, TextsAreOrderedByteByByte) {
    EXPECT_EQ(migration_in_postgres("a TEXT NOT NULL, b TEXT, c TEXTILE"),
              "a TEXT COLLATE \"C\" NOT NULL, b TEXT COLLATE \"C\", c TEXTILE");
    open();
    for (const auto* text : {"b", "a", "B", "é", "Z", "_"}) add_entry(text);
    EXPECT_EQ(read([](ReadTx& tx) { return tx.all<std::string>("SELECT text FROM entry ORDER BY text"); }),
              (std::vector<std::string>{"B", "Z", "_", "a", "b", "é"}));
}

TEST_F(PostgresMigrate, BackupSaysWithWhatToCopy) {
    open();
    expect_refusal([&] { database().backup("anywhere"); }, "pg_dump");
}

}  // namespace
}  // namespace etapa::db
