// Conversations with their messages, as files: one, or all that the filters of the list let through.
#include "api/envelope.hpp"
#include "api/pages.hpp"
#include "api/resources.hpp"
#include "base/csv.hpp"
#include "crm/conversations/page.hpp"
#include "crm/conversations/store.hpp"
#include "crm/conversations/transcript.hpp"

#include <array>

namespace etapa::api {
namespace {

using conversations::Transcript;
using conversations::Wanted;

enum class ExportFormat : std::uint8_t { jsonl, csv };
constexpr auto names(ExportFormat) { return std::to_array<std::string_view>({"jsonl", "csv"}); }

struct ExportWish {
    ExportFormat format = ExportFormat::jsonl;

    static consteval auto fields() {
        return describe(field("format", &ExportWish::format,
                              "jsonl: a conversation with its messages in each line, as GET /conversations/{id}/export "
                              "shows it; csv: a row for each conversation, without messages. jsonl when absent."));
    }
};

struct ExportedFile : Paged {
    static constexpr std::array<std::string_view, 2> media_types{"application/x-ndjson", "text/csv"};
};

struct ExportedConversation : Paged {
    static constexpr std::array<std::string_view, 1> media_types{"application/json"};
    using Shape = Enveloped<ConversationTranscript>;
};

// The conversations that pass the filters, newest first, a hundred at a time.
class Found {
public:
    explicit Found(Wanted wanted) : wanted_(std::move(wanted)) { wanted_.limit.value = 100; }

    // The next ones; empty after the last.
    std::vector<ConversationView> next(ReadTx& tx) {
        auto page = conversations::page(tx, wanted_);
        if (!page.empty()) wanted_.cursor = conversations::Cursor{page.back().created_at, page.back().id};
        return conversations::views(tx, std::move(page));
    }

private:
    Wanted wanted_;
};

class Lines final : public Pages {
public:
    explicit Lines(const Wanted& wanted) : found_(wanted) {}

    std::shared_ptr<const Pages> append(ReadTx& tx, std::string& out) const override {
        auto after = std::make_shared<Lines>(*this);
        return after->advance(tx, out) ? after : nullptr;
    }

private:
    // False when nothing is left.
    bool advance(ReadTx& tx, std::string& out) {
        while (out.size() < Transcript::piece_bytes) {
            if (at_ == page_->size()) {
                page_ = std::make_shared<const std::vector<ConversationView>>(found_.next(tx));
                at_ = 0;
                if (page_->empty()) return false;
            }
            if (!transcript_.append(tx, (*page_)[at_], out)) continue;
            out += '\n';
            transcript_ = {};
            ++at_;
        }
        return true;
    }

    Found found_;
    std::shared_ptr<const std::vector<ConversationView>> page_ =
        std::make_shared<const std::vector<ConversationView>>();  // shared by the copies of this object
    std::size_t at_ = 0;                                          // in the page
    Transcript transcript_;                                       // of the conversation there
};

template <class List, class F> std::string joined(const List& list, F text_of) {
    std::string text;
    for (const auto& item : list) text += (text.empty() ? "" : ", ") + std::string(text_of(item));
    return text;
}

std::string_view text_or_empty(const auto& optional) { return optional ? optional->text() : std::string_view(); }

void append_row(std::string& out, const ConversationView& view) {
    const auto& one = view.conversation;
    static const Contact nobody{};
    const auto& contact = view.participants_contacts.empty() ? nobody : view.participants_contacts.front();
    const auto tags = joined(view.tags, [](const TagView& tagged) { return tagged.tag; });
    const auto holders = joined(view.assignees, [](const AssigneeView& held) { return held.user.email.value; });
    csv::append_row(
        out, {one.id.value, text_or_empty(one.title), name_of(one.channel), name_of(one.status), name_of(one.priority),
              one.is_ai_enabled ? "true" : "false", text_or_empty(one.agent_id), contact.id.value,
              text_or_empty(contact.first_name), text_or_empty(contact.last_name), text_or_empty(contact.email),
              text_or_empty(contact.phone_number), holders, tags, std::to_string(one.unread_messages_count),
              to_iso8601(one.created_at), to_iso8601(one.updated_at)});
}

class Rows final : public Pages {
public:
    explicit Rows(const Wanted& wanted) : found_(wanted) {}

    std::shared_ptr<const Pages> append(ReadTx& tx, std::string& out) const override {
        auto after = std::make_shared<Rows>(*this);
        return after->advance(tx, out) ? after : nullptr;
    }

private:
    bool advance(ReadTx& tx, std::string& out) {
        if (is_first_) {
            csv::append_row(out, {"id", "title", "channel", "status", "priority", "isAiEnabled", "agentId", "contactId",
                                  "firstName", "lastName", "email", "phoneNumber", "assignees", "tags",
                                  "unreadMessagesCount", "createdAt", "updatedAt"});
        }
        is_first_ = false;
        const auto views = found_.next(tx);
        for (const auto& view : views) append_row(out, view);
        return !views.empty();
    }

    Found found_;
    bool is_first_ = true;
};

// One conversation, in the envelope of its answer.
class Alone final : public Pages {
public:
    explicit Alone(ConversationView view) : view_(std::make_shared<const ConversationView>(std::move(view))) {}

    std::shared_ptr<const Pages> append(ReadTx& tx, std::string& out) const override {
        auto after = std::make_shared<Alone>(*this);
        if (is_first_) out += R"({"data":)";
        after->is_first_ = false;
        if (!after->transcript_.append(tx, *view_, out)) return after;
        out += R"(,"success":true})";
        return nullptr;
    }

private:
    std::shared_ptr<const ConversationView> view_;
    Transcript transcript_;
    bool is_first_ = true;
};

ExportedFile export_conversations(ReadTx& tx, const Wanted& wanted, const ExportWish& wish) {
    ExportedFile file;
    if (wish.format == ExportFormat::jsonl) {
        file.content_type = "application/x-ndjson";
        file.file_name = "conversations.jsonl";
        file.rest = Lines(wanted).append(tx, file.begun);
    } else {
        file.content_type = "text/csv; charset=utf-8";
        file.file_name = "conversations.csv";
        file.rest = Rows(wanted).append(tx, file.begun);
    }
    return file;
}

ExportedConversation export_conversation(ReadTx& tx, const ConversationId& id) {
    ExportedConversation exported;
    exported.content_type = "application/json; charset=utf-8";
    exported.rest = Alone(conversations::view(tx, conversations::get(tx, id))).append(tx, exported.begun);
    return exported;
}

}  // namespace

void exports(Router& router) {
    router.resource("Conversations");
    for (const std::string family : {"/conversation", "/conversations"}) {
        router.get(family + "/export", "Export conversations, newest first, as a file", export_conversations);
        router.get(family + "/{id}/export", "Show a conversation with all its messages", export_conversation);
    }
}

}  // namespace etapa::api
