#include "crm/blobs/store.hpp"

#include "base/crypto.hpp"

#include <tuple>

namespace etapa::blobs {

namespace {

constexpr std::size_t secret_bytes = 20;

std::string place_of(const OrganizationId& organization) { return "/files/" + organization.value + '/'; }

}  // namespace

Blob append(WriteTx& tx, Blob blob, std::string_view bytes) {
    blob.organization_id = tx.organization();
    blob.id = {crypto::secret_hex(tx.random(), secret_bytes)};
    blob.size = static_cast<std::int64_t>(bytes.size());
    blob.created_at = tx.now();
    tx.run(
        "INSERT INTO blob (organization_id, id, conversation_id, name, mime_type, size, bytes, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        blob.organization_id, blob.id, blob.conversation_id, blob.name, blob.mime_type, blob.size,
        db::Bytes{std::string(bytes)}, blob.created_at);
    return blob;
}

std::string path_of(const Blob& blob) { return place_of(blob.organization_id) + blob.id.value; }

std::optional<Blob> find_at(ReadTx& tx, std::string_view path) {
    const auto place = place_of(tx.organization());
    if (!path.starts_with(place)) return std::nullopt;
    return tx.first<Blob>(
        "SELECT {columns} FROM blob WHERE organization_id = $1 AND id = $2 AND conversation_id NOT IN"
        " (SELECT id FROM conversation WHERE organization_id = $1 AND deleted_at IS NOT NULL)",
        tx.organization(), path.substr(place.size()));
}

std::optional<Content> find(ReadTx& tx, const OrganizationId& organization, const BlobId& id) {
    auto found = tx.first<std::tuple<std::string, std::string, db::Bytes>>(
        "SELECT name, mime_type, bytes FROM blob WHERE organization_id = $1 AND id = $2 AND conversation_id NOT IN"
        " (SELECT id FROM conversation WHERE organization_id = $1 AND deleted_at IS NOT NULL)",
        organization, id);
    if (!found) return {};
    auto& [name, mime_type, bytes] = *found;
    return Content{std::move(name), std::move(mime_type), std::move(bytes.value)};
}

}  // namespace etapa::blobs
