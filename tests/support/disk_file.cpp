#include "support/disk_file.hpp"

#include <algorithm>

namespace etapa::tests {

void DiskChange::apply(std::string& content) const {
    if (truncated_to) return content.resize(*truncated_to);
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
    content.replace(offset, bytes.size(), bytes);
}

void DiskChange::apply_torn(std::string& content, Random& random) const {
    if (truncated_to) return apply(content);
    constexpr std::size_t sector = 512;
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto size = std::min(sector - (offset + done) % sector, bytes.size() - done);
        const auto fate = random.below(8);
        DiskChange part{offset + done, bytes.substr(done, size), {}};
        if (fate == 0) random.fill(std::as_writable_bytes(std::span(part.bytes)));
        if (fate < 4) part.apply(content);
        done += size;
    }
}

void DiskFile::change(DiskChange change) {
    change.apply(current);
    unsynced.push_back(std::move(change));
}

void DiskFile::sync() {
    for (const auto& change : unsynced) change.apply(synced);
    unsynced.clear();
}

void DiskFile::lose(std::uint64_t survivors_of_ten, Random& random) {
    for (const auto& change : unsynced) {
        if (random.below(10) < survivors_of_ten) {
            change.apply(synced);
        } else if (random.below(2) == 0) {
            change.apply_torn(synced, random);
        }
    }
    unsynced.clear();
    current = synced;
}

}  // namespace etapa::tests
