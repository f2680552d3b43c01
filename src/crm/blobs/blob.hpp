#pragma once
// An uploaded file of a conversation. Its bytes are in the database, so that every node can serve them. Whoever knows
// the address may read it: the id is a secret, and the type is what the bytes show, never what the sender says.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <cstdint>
#include <string>

namespace etapa {

using BlobId = Id<struct Blob>;

struct Blob {
    OrganizationId organization_id;
    BlobId id;
    ConversationId conversation_id;
    std::string name;
    std::string mime_type;
    std::int64_t size = 0;
    Time created_at;

    static consteval auto fields() {
        return describe(field("organizationId", &Blob::organization_id, "Organization that owns it."),
                        field("id", &Blob::id, "The secret part of its address."),
                        field("conversationId", &Blob::conversation_id, "The conversation that it goes with."),
                        field("name", &Blob::name, "Name of the file."),
                        field("mimeType", &Blob::mime_type, "What it contains, as its bytes show."),
                        field("size", &Blob::size, "Number of bytes."),
                        field("createdAt", &Blob::created_at, "When it was uploaded."));
    }
};

}  // namespace etapa
