#pragma once
// The organization's list of tags. What conversations carry is in store.hpp.

#include "crm/tags/tag.hpp"
#include "db/tx.hpp"

#include <string>
#include <vector>

namespace etapa::tags {

// In the order of their names.
std::vector<Tag> all(ReadTx& tx);
// Whether the organization has as many as it may have.
bool is_full(ReadTx& tx);
// Throws the conflict when the organization has as many as it may have.
void refuse_more(ReadTx& tx);

void repaint(WriteTx& tx, const TagId& id, const ShortText& color);
void erase(WriteTx& tx, const TagId& id);

// Takes a tag that is not listed any more off at most `limit` conversations; returns how many. When it was listed again
// meanwhile, those that carry it since then keep it.
std::int64_t take_off(WriteTx& tx, const std::string& name, std::int64_t limit);

}  // namespace etapa::tags
