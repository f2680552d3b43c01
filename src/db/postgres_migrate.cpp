#include "db/postgres_migrate.hpp"

#include "db/postgres.hpp"
#include "db/postgres_sql.hpp"
#include "db/url.hpp"

#include <array>

namespace etapa::db {
namespace {

using namespace std::chrono_literals;

// A migration of a large table takes its time, and other nodes wait for the one that is at it.
constexpr PostgresLimits patient{.statement = 10min, .lock_wait = 10min};

auto ignore = [](const Row&) {};

struct Hint {
    std::string_view part;  // of what the library says
    std::string_view what_to_do;
};

constexpr std::array hints{
    Hint{"password authentication failed",
         "Give the right user and password in the address, or the password in ~/.pgpass."},
    Hint{"no password supplied", "Give the password in the address, or in ~/.pgpass."},
    Hint{"no pg_hba.conf entry", "Let this machine and user in by a line in the server's pg_hba.conf."},
    Hint{"permission denied", "Give the user the right by GRANT CONNECT ON DATABASE … TO …."},
    Hint{"database system is", "The server starts, stops or recovers: wait, or give the address of another one."},
    Hint{"too many clients", "End connections of others, or raise max_connections in the server's postgresql.conf."},
    Hint{"connection slots", "End connections of others, or raise max_connections in the server's postgresql.conf."},
    Hint{"role ", "Create the user with `createuser NAME`, or give another one in the address."},
    Hint{"database ", "Create the database with `createdb NAME`, or give another name in the address."},
    Hint{"read-only", "None of these servers takes changes; start or promote the primary."},
    Hint{"hot standby", "None of these servers takes changes; start or promote the primary."},
    Hint{"does not support SSL", "Look at sslmode in the address, or turn ssl on in the server's postgresql.conf."},
    Hint{"certificate", "Look at sslmode, sslrootcert and sslcert in the address."},
};

std::string hint_for(std::string_view said) {
    for (const auto& [part, what_to_do] : hints) {
        if (said.find(part) != std::string_view::npos) return std::string(what_to_do);
    }
    return "Start the server, or give another address with --database.";
}

std::unique_ptr<PostgresConnection> connect(const std::string& url) {
    try {
        return std::make_unique<PostgresConnection>(url, patient);
    } catch (const StoreUnavailable& why) {
        throw Unusable("The database " + shown(url) + " cannot be reached (" + why.what() + "). " +
                       hint_for(why.what()));
    }
}

std::int64_t number_from(PostgresConnection& connection, Sql query) {
    std::int64_t number = 0;
    auto keep = [&](const Row& row) { number = row.integer(0); };
    connection.run({query.text()}, {}, keep);
    return number;
}

// The version of the schema; 0 for an empty one. Tables of extensions are nobody's data.
std::size_t version_of(PostgresConnection& connection, const std::string& url) {
    if (number_from(connection,
                    "SELECT count(*) FROM pg_class WHERE relnamespace ="
                    " to_regnamespace(quote_ident(current_schema())) AND relname = 'schema_version'") == 0) {
        const auto others = number_from(
            connection,
            "SELECT count(*) FROM pg_class AS found WHERE relnamespace = to_regnamespace(quote_ident(current_schema()))"
            " AND relkind IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = found.oid"
            " AND deptype = 'e')");
        if (others == 0) return 0;
        throw Unusable("The database " + shown(url) +
                       " was not made by etapa: there are other tables in it. Give another one with --database, or a"
                       " schema of its own by adding ?options=-csearch_path%3DNAME to the address.");
    }
    return static_cast<std::size_t>(number_from(connection, "SELECT coalesce(max(version), 0) FROM schema_version"));
}

void refuse_newer(std::size_t version, std::size_t wanted, const std::string& url) {
    if (version <= wanted) return;
    throw Unusable("The database " + shown(url) + " has schema " + std::to_string(version) +
                   ", but this etapa knows only " + std::to_string(wanted) +
                   ". Start the newer etapa, or restore a copy from before the change.");
}

void apply(PostgresConnection& connection, std::size_t version, const Migration& migration, Time now) {
    if (version == 1) {
        connection.execute(
            "CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT"
            " NOT NULL)");
    }
    connection.execute_script(migration_in_postgres(migration.text));
    connection.run(
        {"INSERT INTO schema_version (version, name, applied_at) VALUES ($1, $2, $3)"},
        std::array{Value(static_cast<std::int64_t>(version)), Value(migration.name), Value(now.milliseconds)}, ignore);
}

bool has_installation(PostgresConnection& connection) {
    return number_from(connection,
                       "SELECT count(*) FROM pg_class WHERE relnamespace ="
                       " to_regnamespace(quote_ident(current_schema())) AND relname = 'installation'") > 0;
}

// What makes this server another one than any that the database may be brought to; empty when it does not tell.
std::string server_id(PostgresConnection& connection) {
    if (number_from(connection, "SELECT CAST(has_function_privilege('pg_control_system()', 'execute') AS INTEGER)") ==
        0) {
        return {};
    }
    std::string id;
    auto keep = [&](const Row& row) { id = row.text(0); };
    connection.run({"SELECT system_identifier FROM pg_control_system()"}, {}, keep);
    return id;
}

// On another server the numbers of transactions begin anew, so those of stored events would stand among them. All of
// these events have been committed: from now on their sequence is their order, and cursors from before mean nothing any
// more.
void begin_epoch_where_moved(PostgresConnection& connection) {
    if (!has_installation(connection)) return;
    const std::string here = server_id(connection);
    std::string before;
    auto keep = [&](const Row& row) { before = row.text(0); };
    connection.run({"SELECT server_id FROM installation"}, {}, keep);
    if (here == before) return;
    if (!before.empty()) {
        connection.execute("UPDATE event SET transaction_id = 0 WHERE transaction_id <> 0");
        connection.execute("UPDATE installation SET epoch = epoch + 1");
    }
    connection.run({"UPDATE installation SET server_id = $1"}, std::array{Value(here)}, ignore);
}

// All steps under one lock: of several nodes one does them and the others find them done, and whatever happens
// meanwhile, the database has the old schema or the new one.
void apply_missing(PostgresConnection& connection, const std::string& url, std::span<const Migration> wanted,
                   Time now) {
    connection.begin(PostgresConnection::Access::write, patient.statement);
    connection.execute("SELECT pg_advisory_xact_lock(1163019345, hashtext(current_schema()))");
    std::size_t version = version_of(connection, url);
    refuse_newer(version, wanted.size(), url);
    for (; version < wanted.size(); ++version) apply(connection, version + 1, wanted[version], now);
    begin_epoch_where_moved(connection);
    connection.commit();
}

[[noreturn]] void refuse_rights(const std::string& url, const NotPermitted& why) {
    throw Unusable(
        "The user of " + shown(url) + " may not do what etapa needs (" + why.what() +
        "). Let it create tables: `GRANT CREATE, USAGE ON SCHEMA public TO USER` as the owner of the database.");
}

}  // namespace

void migrate_postgres(const Env& env, const std::string& url, std::span<const Migration> wanted) {
    const auto connection = connect(url);
    try {
        apply_missing(*connection, url, wanted, env.clock.now());
    } catch (const NotPermitted& why) {
        refuse_rights(url, why);
    }
}

void check_postgres_schema(const std::string& url, std::span<const Migration> wanted) {
    const auto connection = connect(url);
    try {
        const std::size_t version = version_of(*connection, url);
        refuse_newer(version, wanted.size(), url);
        if (version == wanted.size()) return;
    } catch (const NotPermitted& why) {
        refuse_rights(url, why);
    }
    throw Unusable("The database " + shown(url) + " has an older schema. Run `etapa migrate --database " + shown(url) +
                   "` first.");
}

}  // namespace etapa::db
