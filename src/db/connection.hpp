#pragma once
// What a database engine must offer to `Tx`: statements in, rows out, on one thread. Nothing here knows entities.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

namespace etapa::db {

// What a {blob} column holds: any bytes, not a text.
struct Bytes {
    std::string value;
    bool operator==(const Bytes&) const = default;
};

// A value on its way into a statement. Views must live until the statement has run; `defer` copies them.
using Value =
    std::variant<std::monostate, std::int64_t, double, bool, std::string_view, std::string, std::span<const std::byte>>;

// One row of an answer; valid only inside the callback that receives it. Columns count from 0.
class Row {
public:
    virtual ~Row() = default;
    [[nodiscard]] virtual bool is_null(int column) const = 0;
    [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
    [[nodiscard]] virtual double real(int column) const = 0;
    [[nodiscard]] virtual bool boolean(int column) const = 0;
    [[nodiscard]] virtual std::string_view text(int column) const = 0;
    [[nodiscard]] virtual std::span<const std::byte> bytes(int column) const = 0;
};

// A reference to a callable; does not own it.
class RowSink {
public:
    template <class F> RowSink(F& each)  // implicit: a lambda is passed where a sink is expected
        : object_(&each), call_([](void* object, const Row& row) { (*static_cast<F*>(object))(row); }) {}
    void operator()(const Row& row) const { call_(object_, row); }

private:
    void* object_;
    void (*call_)(void*, const Row&);
};

// A statement in the common language of docs/sql.md with its parameters as `$1 … $n`, tokens already replaced except
// those that differ between databases: `{for_update}`, `{skip_locked}`.
struct Statement {
    std::string_view text;
    // Text that lives as long as the program (a literal, or an expansion made once) may be found by its address.
    enum class Lifetime : std::uint8_t { program, call } lifetime = Lifetime::program;
};

class Connection {
public:
    virtual ~Connection() = default;

    // Runs the statement, calls `each` for every row, and returns the number of rows that it changed.
    virtual std::int64_t run(Statement statement, std::span<const Value> parameters, RowSink each) = 0;

    // Runs a statement whose result nobody needs. It may travel together with the next `run` or the commit, so an
    // error of it is a bug or a reason to repeat the transaction, never control flow.
    virtual void defer(Statement statement, std::span<const Value> parameters) = 0;

    // Asks for rows that are wanted together with those of other statements: they come, `each` for every row, when
    // `await` is called, or before.
    virtual void ask(Statement statement, std::span<const Value> parameters, std::function<void(const Row&)> each) {
        run(statement, parameters, each);
    }
    virtual void await() {}

    // Waits until no other transaction holds the name, and holds it until the end of this one. An SQLite file has one
    // writer, so nobody else ever does.
    virtual void take_turns(const std::string& /*name*/) {}

    // A number that differs from the one seen before on this connection when anybody else has committed since.
    virtual std::int64_t data_version() = 0;
};

// A constraint of the schema refused a statement: a bug in the caller, since conflicts that users can cause are found
// by reading first.
class ConstraintViolated : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The store cannot take the transaction now (busy for too long, disk full, I/O error, time limit): 503 to the client.
class StoreUnavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The database cannot be used until somebody does something about it; the sentence says what.
class Unusable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace etapa::db
