#pragma once
// Finds a short list that still fails: leaves out halves, quarters and so on, as long as what remains fails. Tries at
// most `tries_max` lists, since each may take its time.

#include <algorithm>
#include <cstddef>
#include <vector>

namespace etapa::tests {

template <class T, class Fails> std::vector<T> shrink(std::vector<T> failing, Fails fails, int tries_max) {
    for (std::size_t size = std::max<std::size_t>(failing.size() / 2, 1); size > 0; size /= 2) {
        for (std::size_t at = 0; at < failing.size() && tries_max > 0;) {
            auto fewer = failing;
            const auto end = std::min(at + size, fewer.size());
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(at),
                        fewer.begin() + static_cast<std::ptrdiff_t>(end));
            --tries_max;
            if (fails(fewer)) {
                failing = std::move(fewer);
            } else {
                at += size;
            }
        }
    }
    return failing;
}

}  // namespace etapa::tests
