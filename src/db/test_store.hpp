#pragma once
// Where a test keeps its data: a file in a directory of its own, or a schema of its own on the server that
// scripts/with-postgres started. The environment chooses: ETAPA_TEST_DATABASE=postgres. For tests only.

#include "db/libpq.hpp"
#include "db/migrations.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace etapa::db {

inline bool tests_use_postgres() {
    const char* chosen = std::getenv("ETAPA_TEST_DATABASE");  // NOLINT(concurrency-mt-unsafe): nobody changes it
    return chosen != nullptr && std::string_view(chosen) == "postgres";
}

// Schemas of the test server. Making all tables costs a hundred times as much as emptying them, so a schema with the
// program's tables goes from one test to the next.
class TestSchemas {
public:
    static TestSchemas& instance() {
        static TestSchemas schemas;
        return schemas;
    }

    std::string take() {
        const std::lock_guard lock(mutex_);
        if (free_.empty()) return made();
        auto name = std::move(free_.back());
        free_.pop_back();
        return name;
    }

    // Empties what the test has stored.
    void give_back(const std::string& name) {
        const std::lock_guard lock(mutex_);
        run("SELECT set_config('search_path', '" + name + "', false)");
        run("DO $$ DECLARE tables text; BEGIN SET LOCAL session_replication_role = replica; FOR tables IN"
            " SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = '" +
            name +
            "' AND tablename NOT IN ('schema_version', 'installation')"
            " LOOP EXECUTE 'DELETE FROM ' || tables; END LOOP; END $$");
        run("UPDATE installation SET key_fingerprint = NULL");  // the next test has another key file
        free_.push_back(name);
    }

    void drop(const std::string& name) {
        const std::lock_guard lock(mutex_);
        run("DROP SCHEMA " + name + " CASCADE");
    }

    [[nodiscard]] static std::string url(const std::string& schema) {
        return server() + "?options=-csearch_path%3D" + schema;
    }

    // The address of the server's database.
    [[nodiscard]] static std::string server() {
        const char* address = std::getenv("ETAPA_TEST_POSTGRES");  // NOLINT(concurrency-mt-unsafe): nobody changes it
        if (address == nullptr) throw std::runtime_error("run the tests by scripts/with-postgres");
        return address;
    }

    // One statement of whoever owns the server.
    void run_as_owner(const std::string& statement) {
        const std::lock_guard lock(mutex_);
        run(statement);
    }

private:
    TestSchemas() : link_(server()) {}

    std::string made() {
        auto name = "test_" + std::to_string(::getpid()) + '_' + std::to_string(++made_);
        run("CREATE SCHEMA " + name);
        return name;
    }

    void run(const std::string& statement) {
        const auto answer = link_.script(statement);
        if (answer.kind() != PqAnswer::Kind::done) throw std::runtime_error(answer.message() + " in: " + statement);
    }

    std::mutex mutex_;
    PqLink link_;
    std::vector<std::string> free_;
    int made_ = 0;
};

class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "etapa-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
        path_ = name;
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

class TestStore {
public:
    // Whether another test may go on with the tables: when they are the program's.
    enum class Tables : std::uint8_t { of_the_program, of_the_test };

    explicit TestStore(Tables tables = Tables::of_the_program) : tables_(tables) {
        if (tests_use_postgres()) schema_ = TestSchemas::instance().take();
    }
    ~TestStore() {
        if (schema_.empty()) return;
        if (tables_ == Tables::of_the_program) {
            TestSchemas::instance().give_back(schema_);
        } else {
            TestSchemas::instance().drop(schema_);
        }
    }
    TestStore(const TestStore&) = delete;
    TestStore& operator=(const TestStore&) = delete;

    [[nodiscard]] std::string url() const {
        return schema_.empty() ? "sqlite:" + directory_.file("test.db") : TestSchemas::url(schema_);
    }
    [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }
    void keep_tables() { tables_ = Tables::of_the_program; }

private:
    TemporaryDirectory directory_;
    std::string schema_;
    Tables tables_;
};

}  // namespace etapa::db
