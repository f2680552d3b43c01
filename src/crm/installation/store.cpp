#include "crm/installation/store.hpp"

namespace etapa::installation {

std::optional<std::string> key_fingerprint(ReadTx& tx) {
    return tx.one<std::optional<std::string>>("SELECT key_fingerprint FROM installation");
}

std::string keep_key_fingerprint(WriteTx& tx, const std::string& fingerprint) {
    tx.run("UPDATE installation SET key_fingerprint = $1 WHERE key_fingerprint IS NULL", fingerprint);
    return key_fingerprint(tx).value_or(fingerprint);
}

}  // namespace etapa::installation
