// The files that go with messages: uploaded under a key, and then read by whoever knows the address, as by the browsers
// of inboxes and by the servers of channels, which have no key.
#include "api/file.hpp"
#include "api/resources.hpp"
#include "api/upload.hpp"
#include "crm/blobs/sniff.hpp"
#include "crm/blobs/store.hpp"
#include "crm/conversations/store.hpp"

namespace etapa::api {
namespace {

struct Uploaded {
    std::string url;
    std::string name;
    std::string mime_type;
    std::int64_t size = 0;

    static constexpr std::string_view schema_name = "UploadedFile";
    static consteval auto fields() {
        return describe(field("url", &Uploaded::url, "Where the file lies: for `attachments` of a message."),
                        field("name", &Uploaded::name, "Name of the file."),
                        field("mimeType", &Uploaded::mime_type, "What it contains, as its bytes show."),
                        field("size", &Uploaded::size, "Number of bytes."));
    }
};

Created<Uploaded> upload(WriteTx& tx, const ConversationId& id, const Upload& file) {
    Blob blob;
    blob.conversation_id = conversations::lock(tx, id).id;
    blob.name = file.name;
    blob.mime_type = blobs::sniff(file.content);
    blob = blobs::append(tx, std::move(blob), file.content);
    auto url = blobs::path_of(blob);
    return {{std::move(url), std::move(blob.name), std::move(blob.mime_type), blob.size}};
}

File read_file(ReadTx& tx, const OrganizationId& organization, const BlobId& id) {
    auto found = blobs::find(tx, organization, id);
    if (!found) throw not_found("file", id.value);
    const auto shown = blobs::is_harmless(found->mime_type) ? File::Shown::in_page : File::Shown::as_download;
    return {std::move(found->name), std::move(found->mime_type), std::move(found->bytes), shown};
}

}  // namespace

void attachments(Router& router) {
    router.resource("Attachments", "Files that go with messages.");
    for (const std::string_view path : {"/conversation/{id}/attachments", "/conversations/{id}/attachments"}) {
        router.post(path, "Upload a file for a message", upload);
    }
    router.get("/files/{organizationId}/{id}", "Read an uploaded file", read_file).open();
}

}  // namespace etapa::api
