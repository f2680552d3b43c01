// The simulated disk in SQLite's words: https://www.sqlite.org/vfs.html
#include "support/disk.hpp"
#include "support/disk_file.hpp"

#include <cstring>
#include <new>
#include <span>
#include <sqlite3.h>
#include <utility>

namespace etapa::tests {
namespace {

using Slots = std::array<bool, DiskFile::slots>;

// An open file; SQLite owns the memory in which it lives.
struct Handle {
    sqlite3_file base;
    Disk* disk;
    std::shared_ptr<DiskFile> file;
    bool syncs_directory;         // a new journal or log: its first sync stores its name, too
    std::uint64_t told_failures;  // of syncs of the file
    int level;
    bool uses_memory;
    Slots shares;
    Slots excludes;
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

sqlite3_vfs& real_disk() {
    static sqlite3_vfs& real = *sqlite3_vfs_find("unix");
    return real;
}

}  // namespace

struct DiskCalls {
    static Disk& disk(sqlite3_vfs* vfs) { return *static_cast<Disk*>(vfs->pAppData); }

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* memory, int flags, int* flags_out) {
        memory->pMethods = nullptr;
        auto& disk = DiskCalls::disk(vfs);
        const std::lock_guard lock(disk.mutex_);
        auto file = name == nullptr ? std::make_shared<DiskFile>()
                                    : disk.find_or_create(name, (flags & SQLITE_OPEN_CREATE) != 0);
        if (!file || !disk.has_power_) return SQLITE_CANTOPEN;
        file->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
        constexpr int journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
        const bool is_new_journal = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & journals) != 0;
        const auto failures = file->failed_syncs;
        new (memory)
            Handle{{&methods}, &disk, std::move(file), is_new_journal, failures, SQLITE_LOCK_NONE, false, {}, {}};
        if (flags_out != nullptr) *flags_out = flags;
        return SQLITE_OK;
    }

    static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
        auto& disk = DiskCalls::disk(vfs);
        const std::lock_guard lock(disk.mutex_);
        if (!disk.has_power_) return SQLITE_IOERR_DELETE;
        if (!disk.directory_.contains(name)) return SQLITE_IOERR_DELETE_NOENT;
        if (!disk.remove(name)) return SQLITE_IOERR_DELETE;
        if (sync_directory != 0) disk.sync_directory();
        return SQLITE_OK;
    }

    static int exists(sqlite3_vfs* vfs, const char* name, int, int* found) {
        auto& disk = DiskCalls::disk(vfs);
        const std::lock_guard lock(disk.mutex_);
        const auto known = disk.directory_.find(name);
        // An empty journal says nothing, as in SQLite's own systems.
        *found = known != disk.directory_.end() && !known->second->current.empty() ? 1 : 0;
        return disk.has_power_ ? SQLITE_OK : SQLITE_IOERR_ACCESS;
    }

    static int full_name(sqlite3_vfs*, const char* name, int size, char* out) {
        sqlite3_snprintf(size, out, "%s", name);
        return SQLITE_OK;
    }

    static int close(sqlite3_file* file) {
        auto& handle = handle_of(file);
        unlock(file, SQLITE_LOCK_NONE);
        handle.~Handle();
        return SQLITE_OK;
    }

    static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 from) {
        auto& handle = handle_of(file);
        const std::lock_guard lock(handle.disk->mutex_);
        if (!handle.disk->has_power_ || handle.disk->fault_of(Disk::Call::read, *handle.file)) return SQLITE_IOERR_READ;
        const auto& content = handle.file->current;
        const auto wanted = static_cast<std::size_t>(size);
        const auto offset = std::min(static_cast<std::size_t>(from), content.size());
        const auto there = std::min(wanted, content.size() - offset);
        std::memcpy(out, content.data() + offset, there);
        std::memset(static_cast<char*>(out) + there, 0, wanted - there);
        return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
    }

    static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
        auto& handle = handle_of(file);
        const std::lock_guard lock(handle.disk->mutex_);
        const std::string_view text(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
        const auto fault = handle.disk->fault_of(Disk::Call::write, *handle.file);
        const bool done = handle.disk->write(*handle.file, fault ? text.substr(0, text.size() / 2) : text,
                                             static_cast<std::size_t>(offset));
        if (fault == Disk::Outcome::full) return SQLITE_FULL;
        return done && !fault ? SQLITE_OK : SQLITE_IOERR_WRITE;
    }

    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        auto& handle = handle_of(file);
        const std::lock_guard lock(handle.disk->mutex_);
        const bool done = handle.disk->truncate(*handle.file, static_cast<std::size_t>(size));
        return done ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
    }

    static int sync(sqlite3_file* file, int) {
        auto& handle = handle_of(file);
        auto& disk = *handle.disk;
        std::unique_lock lock(disk.mutex_);
        if (disk.holds_syncs_) {
            ++disk.held_syncs_;
            disk.changed_.notify_all();
            disk.changed_.wait(lock, [&] { return !disk.holds_syncs_; });
            --disk.held_syncs_;
        }
        if (disk.fault_of(Disk::Call::sync, *handle.file)) {
            handle.file->unsynced.clear();
            ++handle.file->failed_syncs;
        }
        if (std::exchange(handle.told_failures, handle.file->failed_syncs) != handle.file->failed_syncs) {
            return SQLITE_IOERR_FSYNC;
        }
        if (!disk.sync(*handle.file)) return SQLITE_IOERR_FSYNC;
        if (std::exchange(handle.syncs_directory, false)) disk.sync_directory();
        return SQLITE_OK;
    }

    static int size(sqlite3_file* file, sqlite3_int64* size) {
        auto& handle = handle_of(file);
        const std::lock_guard lock(handle.disk->mutex_);
        *size = static_cast<sqlite3_int64>(handle.file->current.size());
        return handle.disk->has_power_ ? SQLITE_OK : SQLITE_IOERR_FSTAT;
    }

    static int lock(sqlite3_file* file, int level) {
        auto& handle = handle_of(file);
        const std::lock_guard lock(handle.disk->mutex_);
        auto& shared = *handle.file;
        if (handle.level >= level) return SQLITE_OK;
        if (level == SQLITE_LOCK_SHARED) {
            if (shared.pending || shared.exclusive) return SQLITE_BUSY;
            ++shared.sharing;
        } else if (level == SQLITE_LOCK_RESERVED) {
            if (shared.reserved) return SQLITE_BUSY;
            shared.reserved = true;
        } else {
            if (handle.level < SQLITE_LOCK_PENDING && shared.pending) return SQLITE_BUSY;
            if (handle.level < SQLITE_LOCK_RESERVED && shared.reserved) return SQLITE_BUSY;
            shared.reserved = shared.pending = true;
            handle.level = SQLITE_LOCK_PENDING;
            if (shared.sharing > 1) return SQLITE_BUSY;
            shared.exclusive = true;
        }
        handle.level = level;
        return SQLITE_OK;
    }

    static int unlock(sqlite3_file* file, int level) {
        auto& handle = handle_of(file);
        const std::lock_guard lock(handle.disk->mutex_);
        auto& shared = *handle.file;
        if (handle.level <= level) return SQLITE_OK;
        if (handle.level >= SQLITE_LOCK_PENDING) shared.pending = shared.exclusive = false;
        if (handle.level >= SQLITE_LOCK_RESERVED) shared.reserved = false;
        if (level == SQLITE_LOCK_NONE) --shared.sharing;
        handle.level = level;
        return SQLITE_OK;
    }

    static int is_reserved(sqlite3_file* file, int* reserved) {
        auto& handle = handle_of(file);
        const std::lock_guard lock(handle.disk->mutex_);
        *reserved = handle.file->reserved ? 1 : 0;
        return SQLITE_OK;
    }

    static int map(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
        auto& handle = handle_of(file);
        const std::lock_guard lock(handle.disk->mutex_);
        auto& regions = handle.file->memory;
        if (!std::exchange(handle.uses_memory, true)) ++handle.file->memory_users;
        while (extend != 0 && regions.size() <= static_cast<std::size_t>(region)) {
            regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
        }
        const auto index = static_cast<std::size_t>(region);
        *memory = index < regions.size() ? regions[index].get() : nullptr;
        return SQLITE_OK;
    }

    static int lock_memory(sqlite3_file* file, int first, int count, int flags) {
        auto& handle = handle_of(file);
        const std::lock_guard lock(handle.disk->mutex_);
        auto& shared = *handle.file;
        const auto begin = static_cast<std::size_t>(first);
        const auto end = begin + static_cast<std::size_t>(count);
        for (auto slot = begin; slot < end && (flags & SQLITE_SHM_LOCK) != 0; ++slot) {
            if (shared.slot_exclusive.at(slot) && !handle.excludes.at(slot)) return SQLITE_BUSY;
            const int others = shared.slot_sharing.at(slot) - (handle.shares.at(slot) ? 1 : 0);
            if ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && others > 0) return SQLITE_BUSY;
        }
        const bool locks = (flags & SQLITE_SHM_LOCK) != 0;
        for (auto slot = begin; slot < end; ++slot) {
            if ((flags & SQLITE_SHM_EXCLUSIVE) != 0) {
                shared.slot_exclusive.at(slot) = handle.excludes.at(slot) = locks;
            } else if (std::exchange(handle.shares.at(slot), locks) != locks) {
                shared.slot_sharing.at(slot) += locks ? 1 : -1;
            }
        }
        return SQLITE_OK;
    }

    static void barrier(sqlite3_file* file) { const std::lock_guard lock(handle_of(file).disk->mutex_); }

    static int unmap(sqlite3_file* file, int) {
        auto& handle = handle_of(file);
        const std::lock_guard lock(handle.disk->mutex_);
        if (std::exchange(handle.uses_memory, false) && --handle.file->memory_users == 0) handle.file->memory.clear();
        return SQLITE_OK;
    }

    static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
    static int sector_size(sqlite3_file*) { return 4096; }
    static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

    static const sqlite3_io_methods methods;
};

const sqlite3_io_methods DiskCalls::methods{
    2,           close,           read, write,       truncate, sync,  size,    lock,   unlock, is_reserved, control,
    sector_size, characteristics, map,  lock_memory, barrier,  unmap, nullptr, nullptr};

// Time and randomness are the machine's.
Disk& Disk::instance() {
    static Disk disk;
    static sqlite3_vfs vfs = [] {
        sqlite3_initialize();
        sqlite3_vfs own = real_disk();
        own.iVersion = 2;
        own.szOsFile = sizeof(Handle);
        own.pNext = nullptr;
        own.zName = "disk in memory";
        own.pAppData = &disk;
        own.xOpen = DiskCalls::open;
        own.xDelete = DiskCalls::remove;
        own.xAccess = DiskCalls::exists;
        own.xFullPathname = DiskCalls::full_name;
        return own;
    }();
    static const int registered = sqlite3_vfs_register(&vfs, 1);
    if (registered != SQLITE_OK) throw std::runtime_error("SQLite does not take the disk");
    return disk;
}

}  // namespace etapa::tests
