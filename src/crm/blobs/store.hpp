#pragma once
// The table of uploaded files. They go with their conversation (conversations::erase_belongings); those of a deleted
// one are gone for every function here, even while a job still clears them.

#include "crm/blobs/blob.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string_view>

namespace etapa::blobs {

struct Content {
    std::string name;
    std::string mime_type;
    std::string bytes;
};

// Stores the bytes; organization, id, size and time are set here.
Blob append(WriteTx& tx, Blob blob, std::string_view bytes);

// Where it is read: a path on this server.
std::string path_of(const Blob& blob);
// The file of this organization that is read at this path.
std::optional<Blob> find_at(ReadTx& tx, std::string_view path);

// The organization is named, because whoever reads a file need not have a key.
std::optional<Content> find(ReadTx& tx, const OrganizationId& organization, const BlobId& id);

}  // namespace etapa::blobs
