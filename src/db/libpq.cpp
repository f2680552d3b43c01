#include "db/libpq.hpp"

#include "base/problem.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <libpq-fe.h>
#include <poll.h>
#include <vector>

namespace etapa::db {
namespace {

constexpr Oid type_of_bytes = 17;  // of the catalogue, the same in every installation

struct Free {
    void operator()(void* memory) const { PQfreemem(memory); }
};

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// The library's sentences end with a line break, and some have several lines.
std::string on_one_line(const char* text) {
    std::string line(text == nullptr ? "" : text);
    while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
    for (auto& character : line) {
        if (character == '\n' || character == '\t') character = ' ';
    }
    return line;
}

// Values as the protocol takes them. Numbers and truth travel as text, so that the server chooses their types from the
// statement; texts as bytes, which serve columns of text and of bytes alike.
class Parameters {
public:
    explicit Parameters(std::span<const Value> values) {
        numbers_.reserve(values.size());
        for (const auto& value : values) {
            std::visit([this](const auto& held) { add(held); }, value);
        }
    }
    [[nodiscard]] int count() const { return static_cast<int>(texts_.size()); }
    [[nodiscard]] const char* const* texts() const { return texts_.data(); }
    [[nodiscard]] const int* lengths() const { return lengths_.data(); }
    [[nodiscard]] const int* formats() const { return formats_.data(); }

private:
    void add(std::monostate) { push(nullptr, 0, 0); }
    void add(bool value) { push(value ? "t" : "f", 1, 0); }
    void add(std::int64_t value) { push_number(value); }
    void add(double value) { push_number(value); }
    void add(std::string_view text) { push(text.data() == nullptr ? "" : text.data(), text.size(), 1); }
    void add(const std::string& text) { push(text.data(), text.size(), 1); }
    void add(std::span<const std::byte> bytes) {
        add(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    }

    template <class Number> void push_number(Number value) {
        auto& number = numbers_.emplace_back();
        auto [end, error] = std::to_chars(number.data(), number.data() + number.size() - 1, value);
        *end = '\0';
        push(number.data(), static_cast<std::size_t>(end - number.data()), 0);
    }
    void push(const char* text, std::size_t length, int format) {
        texts_.push_back(text);
        lengths_.push_back(static_cast<int>(length));
        formats_.push_back(format);
    }

    std::vector<std::array<char, 32>> numbers_;
    std::vector<const char*> texts_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

// Before the address, so that it may say otherwise: how soon a silent server is given up, and that of several hosts the
// one is wanted that takes changes.
pg_conn* connect(const std::string& url) {
    const std::array names{"connect_timeout",      "keepalives_idle",
                           "keepalives_interval",  "keepalives_count",
                           "tcp_user_timeout",     "fallback_application_name",
                           "target_session_attrs", "dbname",
                           "client_encoding",      static_cast<const char*>(nullptr)};
    const std::array values{"5",     "10",         "5",         "3",    "15000",
                            "etapa", "read-write", url.c_str(), "UTF8", static_cast<const char*>(nullptr)};
    return PQconnectdbParams(names.data(), values.data(), 1);
}

template <class Number> Number number_in(std::string_view text) {
    Number number{};
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

void PqAnswer::Clear::operator()(pg_result* result) const { PQclear(result); }

PqAnswer::PqAnswer(pg_result* result) : result_(result) {}

PqAnswer::Kind PqAnswer::kind() const {
    switch (PQresultStatus(result_.get())) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK: return Kind::done;
        case PGRES_PIPELINE_SYNC: return Kind::synced;
        case PGRES_PIPELINE_ABORTED: return Kind::skipped;
        default: return Kind::failed;
    }
}

std::string PqAnswer::sqlstate() const {
    const char* state = PQresultErrorField(result_.get(), PG_DIAG_SQLSTATE);
    return state == nullptr ? "" : state;
}

std::string PqAnswer::message() const {
    const char* primary = PQresultErrorField(result_.get(), PG_DIAG_MESSAGE_PRIMARY);
    return on_one_line(primary != nullptr ? primary : PQresultErrorMessage(result_.get()));
}

std::string_view PqAnswer::tag() const { return PQcmdStatus(result_.get()); }

std::int64_t PqAnswer::changed_rows() const {
    return tag().starts_with("SELECT") ? 0 : number_in<std::int64_t>(PQcmdTuples(result_.get()));
}

int PqAnswer::rows() const { return PQntuples(result_.get()); }

void PqAnswer::choose(int row) {
    row_ = row;
    bytes_.clear();
}

bool PqAnswer::is_null(int column) const { return PQgetisnull(result_.get(), row_, column) != 0; }

std::int64_t PqAnswer::integer(int column) const { return number_in<std::int64_t>(text(column)); }

double PqAnswer::real(int column) const { return number_in<double>(text(column)); }

bool PqAnswer::boolean(int column) const { return text(column) == "t"; }

std::string_view PqAnswer::text(int column) const {
    const char* value = PQgetvalue(result_.get(), row_, column);
    const std::string_view text(value, static_cast<std::size_t>(PQgetlength(result_.get(), row_, column)));
    if (PQftype(result_.get(), column) != type_of_bytes) return text;
    std::size_t length = 0;
    const std::unique_ptr<unsigned char, Free> bytes(
        PQunescapeBytea(reinterpret_cast<const unsigned char*>(value), &length));
    return bytes_.emplace_back(reinterpret_cast<const char*>(bytes.get()), length);
}

std::span<const std::byte> PqAnswer::bytes(int column) const { return std::as_bytes(std::span(text(column))); }

void PqLink::Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

PqLink::PqLink(const std::string& url) : connection_(connect(url)) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
        throw ConnectFailed(on_one_line(PQerrorMessage(connection_.get())));
    }
    // Notices would be written to standard error.
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    if (PQsetnonblocking(connection_.get(), 1) != 0 || PQenterPipelineMode(connection_.get()) != 1) give_up();
}

PqLink::~PqLink() = default;

void PqLink::prepare(const std::string& name, const std::string& text) {
    if (PQsendPrepare(connection_.get(), name.c_str(), text.c_str(), 0, nullptr) != 1) give_up();
}

void PqLink::execute(const std::string& name, std::span<const Value> values) {
    const Parameters parameters(values);
    if (PQsendQueryPrepared(connection_.get(), name.c_str(), parameters.count(), parameters.texts(),
                            parameters.lengths(), parameters.formats(), 0) != 1) {
        give_up();
    }
}

void PqLink::execute_text(const std::string& text) {
    if (PQsendQueryParams(connection_.get(), text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 1) give_up();
}

PqAnswer PqLink::script(const std::string& statements) {
    if (PQexitPipelineMode(connection_.get()) != 1) give_up();
    PqAnswer answer(PQexec(connection_.get(), statements.c_str()));
    if (PQenterPipelineMode(connection_.get()) != 1) give_up();
    return answer;
}

void PqLink::sync() {
    if (PQpipelineSync(connection_.get()) != 1) give_up();
}

PqAnswer PqLink::next(Deadline deadline) {
    // The library marks the end of each statement's answer with a null, which tells nothing new here.
    constexpr int nulls_in_a_row_max = 8;
    for (int nulls = 0; nulls < nulls_in_a_row_max; ++nulls) {
        while (PQisBusy(connection_.get()) != 0) flush_and_wait(deadline);
        if (auto* result = PQgetResult(connection_.get())) {
            PqAnswer answer(result);
            if (PQstatus(connection_.get()) != CONNECTION_OK) throw ConnectionLost(answer.message());
            return answer;
        }
    }
    give_up();
}

void PqLink::flush_and_wait(Deadline deadline) {
    using std::chrono::milliseconds;
    const int unsent = PQflush(connection_.get());
    if (unsent < 0) give_up();
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) throw NoAnswer("The database does not answer.");
    pollfd socket{.fd = PQsocket(connection_.get()),
                  .events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN),
                  .revents = 0};
    if (::poll(&socket, 1, static_cast<int>(left)) < 0 && errno != EINTR) give_up();
    if ((socket.revents & (POLLIN | POLLERR | POLLHUP)) != 0 && PQconsumeInput(connection_.get()) != 1) give_up();
}

std::optional<std::string> PqLink::notification() {
    while (true) {
        const std::unique_ptr<PGnotify, Free> notice(PQnotifies(connection_.get()));
        if (!notice) return std::nullopt;
        if (notice->be_pid != PQbackendPID(connection_.get())) return notice->extra;
    }
}

void PqLink::wait(int wake, std::chrono::milliseconds span) {
    std::array sockets{pollfd{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0},
                       pollfd{.fd = wake, .events = POLLIN, .revents = 0}};
    if (::poll(sockets.data(), sockets.size(), static_cast<int>(span.count())) < 0 && errno != EINTR) give_up();
    if (sockets[0].revents != 0 && PQconsumeInput(connection_.get()) != 1) give_up();
}

bool PqLink::is_alive() {
    return PQconsumeInput(connection_.get()) == 1 && PQstatus(connection_.get()) == CONNECTION_OK;
}

int PqLink::server_version() const { return PQserverVersion(connection_.get()); }

std::string PqLink::setting(const char* name) const {
    const char* value = PQparameterStatus(connection_.get(), name);
    return value == nullptr ? "" : value;
}

void PqLink::give_up() const { throw ConnectionLost(on_one_line(PQerrorMessage(connection_.get()))); }

std::string PqLink::shown(const std::string& url) {
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(url.c_str(), nullptr));
    if (!options) return "postgres://…";
    std::string user;
    std::string host;
    std::string port;
    std::string name;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        const std::string_view keyword = option->keyword;
        const std::string value = option->val == nullptr ? "" : option->val;
        if (keyword == "user") user = value;
        if (keyword == "host") host = value;
        if (keyword == "port") port = value;
        if (keyword == "dbname") name = value;
    }
    if (!user.empty()) user += '@';
    if (!port.empty()) port = ':' + port;
    if (host.starts_with('/')) return "postgres://" + user + port + '/' + name + "?host=" + host;
    return "postgres://" + user + host + port + '/' + name;
}

}  // namespace etapa::db
