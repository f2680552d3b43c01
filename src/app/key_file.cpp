#include "app/key_file.hpp"

#include "app/command_line.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "crm/installation/store.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace etapa::app {
namespace {

// Made under another name first: a file that is there is a whole one.
void make(const std::string& path, Random& random) {
    std::error_code error;
    const auto directory = std::filesystem::absolute(path).parent_path();
    std::filesystem::create_directories(directory, error);
    const auto unfinished = path + '.' + crypto::secret_hex(random, 4);
    const auto text = crypto::secret_hex(random, crypto::key_bytes) + '\n';
    const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    const bool written =
        file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    // Of several that start at once, one links; the others read what it made.
    const bool there = written && (::link(unfinished.c_str(), path.c_str()) == 0 || errno == EEXIST);
    ::unlink(unfinished.c_str());
    if (!there) throw Usage("--key-file: the file " + path + " cannot be made. Give the path of one that can.");
}

std::string read(const std::string& path) {
    std::ifstream file(path);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    std::string key = crypto::from_hex(trimmed(text)).value_or(std::string());
    if (key.size() != crypto::key_bytes) {
        throw Usage("--key-file: the file " + path + " holds no key: it must be 64 hexadecimal digits.");
    }
    return key;
}

constexpr std::string_view what_to_do =
    " Give the file that its servers used until now; when it is lost, docs/operations.md says how to go on without.";

}  // namespace

std::string standard_key_file(const std::string& database) {
    constexpr std::string_view scheme = "sqlite:";
    return database.starts_with(scheme) ? database.substr(scheme.size()) + ".key" : std::string();
}

std::string read_or_make_key(Database& database, const std::string& path, Random& random) {
    auto fingerprint_of_database = [](ReadTx& tx) { return installation::key_fingerprint(tx); };
    // Before the look at the file: of servers that start at once, one makes the file and then notes its key.
    const auto known = database.read_now({}, fingerprint_of_database);
    if (!std::filesystem::exists(path)) {
        if (known) {
            throw Usage("--key-file: there is no file " + path + ", and the database has its key already." +
                        std::string(what_to_do));
        }
        make(path, random);
    }
    const std::string key = read(path);
    const auto fingerprint = crypto::to_hex(crypto::hmac_sha256(key, "Etapa: fingerprint of the key file"));
    auto keep = [&](WriteTx& tx) { return installation::keep_key_fingerprint(tx, fingerprint); };
    if (database.write_now({}, keep) != fingerprint) {
        throw Usage("--key-file: the file " + path + " holds another key than that of the database." +
                    std::string(what_to_do));
    }
    return key;
}

}  // namespace etapa::app
