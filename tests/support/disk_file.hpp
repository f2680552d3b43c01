#pragma once
// One file of the simulated disk: what was synced, what was written since, and what its connections share.

#include "base/random.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::tests {

// A write, or a truncation.
struct DiskChange {
    std::size_t offset = 0;
    std::string bytes;
    std::optional<std::size_t> truncated_to;

    void apply(std::string& content) const;
    // Of each sector the new bytes, the old ones, or garbage.
    void apply_torn(std::string& content, Random& random) const;
};

struct DiskFile {
    bool is_database = false;
    std::string synced;
    std::string current;
    std::vector<DiskChange> unsynced;
    std::uint64_t failed_syncs = 0;

    // Locks of the file, as SQLite counts them.
    int sharing = 0;
    bool reserved = false;
    bool pending = false;
    bool exclusive = false;

    // The index of the write-ahead log, which SQLite's connections share.
    static constexpr std::size_t slots = 8;
    std::vector<std::unique_ptr<char[]>> memory;
    int memory_users = 0;
    std::array<int, slots> slot_sharing{};
    std::array<bool, slots> slot_exclusive{};

    void change(DiskChange change);
    void sync();
    // What the file holds after a power cut, each unsynced change having survived with this chance in ten.
    void lose(std::uint64_t survivors_of_ten, Random& random);
};

}  // namespace etapa::tests
