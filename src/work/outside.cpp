#include "work/outside.hpp"

#include "base/vault.hpp"

namespace etapa::work {

std::optional<ChannelSecrets> secrets_of(const Providers& providers, const ChannelConnection& connection) {
    const auto text = providers.vault == nullptr ? std::nullopt : providers.vault->open(connection.secrets);
    return text ? std::optional(db::from_json_text<ChannelSecrets>(*text)) : std::nullopt;
}

}  // namespace etapa::work
