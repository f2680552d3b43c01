#pragma once
// A disk in memory, as SQLite's file system of this process, whose power can fail and which can have faults.
//
// It keeps what was written apart from what was synced. When the power fails, every write, truncation and change of the
// directory that was not synced survives or not, each for itself, and a write may survive in parts or as garbage: all
// that POSIX allows, so worse than any one file system. Bytes beside a torn write keep what they held, as SQLite
// assumes of disks (powersafe overwrite). Locks and shared memory end with the last connection, as with a machine.
// Not a model of mapped files: SQLite reads and writes by calls here.

#include "base/random.hpp"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::tests {

struct DiskFile;

class Disk {
public:
    using Files = std::map<std::string, std::string, std::less<>>;

    // Every file that SQLite opens in this process from the first call on is on this disk.
    static Disk& instance();

    // All files with what they hold, and a healthy disk with these. No file is open.
    [[nodiscard]] Files files() const;
    void load(const Files& files);

    // One that ignores syncs says nevertheless that they are done: the effect of `synchronous = OFF`.
    enum class Syncs : std::uint8_t { obeyed, ignored };
    void set_syncs(Syncs syncs);

    // Ends the power at the n-th change (write, truncation, sync, new or removed file) from now, counted from 1; all
    // calls fail from then on.
    void cut_power_at(std::int64_t change);
    [[nodiscard]] bool has_power() const;
    // Forgets what the power cut took. No file is open.
    void power_on(Random& random);

    enum class Call : std::uint8_t { read, write, sync };
    enum class Outcome : std::uint8_t { io_error, full };
    enum class Times : std::uint8_t { once, always };
    // A call that goes wrong. A write is done by half then, and a sync throws away what it should have stored, whoever
    // wrote it, and everybody who has the file open is told once, at a sync of his own (Linux does all that).
    struct Fault {
        Call call = Call::write;
        Outcome outcome = Outcome::io_error;
        Times times = Times::always;
        std::int64_t good_calls = 0;  // that come before
        bool spares_logs = false;     // strikes only what SQLite opens as a database
    };
    void break_down(const Fault& fault);
    void repair();
    // How many calls went wrong since the last load().
    [[nodiscard]] std::int64_t faults() const;
    void wait_for_faults(std::int64_t count);

    // Syncs that begin meanwhile do not return before release_syncs().
    void hold_syncs();
    void wait_for_held_syncs(int count);
    void release_syncs();

private:
    friend struct DiskCalls;  // what SQLite calls

    struct DirectoryChange {
        std::string name;
        std::shared_ptr<DiskFile> file;  // null: removed
    };
    using Directory = std::map<std::string, std::shared_ptr<DiskFile>, std::less<>>;

    Disk() = default;
    std::shared_ptr<DiskFile> find_or_create(std::string_view name, bool create);
    bool remove(std::string_view name);
    bool write(DiskFile& file, std::string_view bytes, std::size_t offset);
    bool truncate(DiskFile& file, std::size_t size);
    bool sync(DiskFile& file);
    void sync_directory();
    bool spend_change();
    std::optional<Outcome> fault_of(Call call, const DiskFile& file);

    mutable std::mutex mutex_;
    Directory directory_;
    Directory synced_directory_;
    std::vector<DirectoryChange> unsynced_;
    Syncs syncs_ = Syncs::obeyed;
    std::int64_t changes_ = 0;
    std::optional<std::int64_t> cut_at_;
    bool has_power_ = true;
    std::optional<Fault> fault_;
    std::int64_t faults_ = 0;
    bool holds_syncs_ = false;
    int held_syncs_ = 0;
    std::condition_variable changed_;  // the held syncs, or the faults
};

}  // namespace etapa::tests
