#pragma once
// What <algorithm> of this standard library does not have yet.

#include <algorithm>
#include <functional>

namespace etapa {

template <class Range, class Value, class Projection = std::identity>
bool contains(const Range& range, const Value& value, Projection projection = {}) {
    return std::ranges::find(range, value, projection) != std::ranges::end(range);
}

}  // namespace etapa
