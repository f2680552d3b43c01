#include "support/disk.hpp"

#include "support/disk_file.hpp"

#include <stdexcept>

namespace etapa::tests {

Disk::Files Disk::files() const {
    const std::lock_guard lock(mutex_);
    Files files;
    for (const auto& [name, file] : directory_) files[name] = file->current;
    return files;
}

void Disk::load(const Files& files) {
    const std::lock_guard lock(mutex_);
    directory_.clear();
    for (const auto& [name, content] : files) {
        directory_[name] = std::make_shared<DiskFile>();
        directory_[name]->synced = directory_[name]->current = content;
    }
    synced_directory_ = directory_;
    unsynced_.clear();
    cut_at_.reset();
    has_power_ = true;
    fault_.reset();
    faults_ = 0;
}

void Disk::set_syncs(Syncs syncs) {
    const std::lock_guard lock(mutex_);
    syncs_ = syncs;
}

void Disk::cut_power_at(std::int64_t change) {
    const std::lock_guard lock(mutex_);
    cut_at_ = changes_ + change;
}

bool Disk::has_power() const {
    const std::lock_guard lock(mutex_);
    return has_power_;
}

void Disk::power_on(Random& random) {
    constexpr std::array<std::uint64_t, 4> survivors_of_ten{0, 5, 9, 10};
    const std::lock_guard lock(mutex_);
    const auto survivors = survivors_of_ten.at(random.below(survivors_of_ten.size()));
    for (const auto& change : unsynced_) {
        if (random.below(10) >= survivors) continue;
        if (change.file) {
            synced_directory_[change.name] = change.file;
        } else {
            synced_directory_.erase(change.name);
        }
    }
    unsynced_.clear();
    directory_ = synced_directory_;
    for (const auto& [name, file] : directory_) file->lose(survivors, random);
    cut_at_.reset();
    fault_.reset();
    has_power_ = true;
}

void Disk::break_down(const Fault& fault) {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
}

void Disk::repair() {
    const std::lock_guard lock(mutex_);
    fault_.reset();
}

std::int64_t Disk::faults() const {
    const std::lock_guard lock(mutex_);
    return faults_;
}

void Disk::wait_for_faults(std::int64_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return faults_ >= count; });
}

void Disk::hold_syncs() {
    const std::lock_guard lock(mutex_);
    holds_syncs_ = true;
}

void Disk::wait_for_held_syncs(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_syncs_ >= count; });
}

void Disk::release_syncs() {
    const std::lock_guard lock(mutex_);
    holds_syncs_ = false;
    changed_.notify_all();
}

std::shared_ptr<DiskFile> Disk::find_or_create(std::string_view name, bool create) {
    const auto known = directory_.find(name);
    if (known != directory_.end()) return known->second;
    if (!create || !spend_change()) return nullptr;
    auto file = std::make_shared<DiskFile>();
    directory_[std::string(name)] = file;
    unsynced_.push_back({std::string(name), file});
    return file;
}

bool Disk::remove(std::string_view name) {
    if (!spend_change()) return false;
    directory_.erase(directory_.find(name));
    unsynced_.push_back({std::string(name), nullptr});
    return has_power_;
}

bool Disk::write(DiskFile& file, std::string_view bytes, std::size_t offset) {
    if (!spend_change()) return false;
    file.change({offset, std::string(bytes), {}});
    return has_power_;
}

bool Disk::truncate(DiskFile& file, std::size_t size) {
    if (!spend_change()) return false;
    file.change({0, {}, size});
    return has_power_;
}

bool Disk::sync(DiskFile& file) {
    if (!spend_change() || !has_power_) return false;
    if (syncs_ == Syncs::obeyed) file.sync();
    return true;
}

void Disk::sync_directory() {
    if (syncs_ == Syncs::ignored) return;
    unsynced_.clear();
    synced_directory_ = directory_;
}

// False when there was no power before; the change that ends it is still begun.
bool Disk::spend_change() {
    if (!has_power_) return false;
    ++changes_;
    if (cut_at_ && changes_ >= *cut_at_) has_power_ = false;
    return true;
}

std::optional<Disk::Outcome> Disk::fault_of(Call call, const DiskFile& file) {
    if (!fault_ || fault_->call != call || (fault_->spares_logs && !file.is_database)) return std::nullopt;
    if (fault_->good_calls-- > 0) return std::nullopt;
    fault_->good_calls = 0;
    ++faults_;
    changed_.notify_all();
    const auto outcome = fault_->outcome;
    if (fault_->times == Times::once) fault_.reset();
    return outcome;
}

}  // namespace etapa::tests
