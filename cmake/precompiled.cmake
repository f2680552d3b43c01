# The precompiled headers. Each belongs to a small library with one empty file; other targets borrow it.
set(standard_headers
    <algorithm> <array> <atomic> <charconv> <chrono> <compare> <concepts> <condition_variable> <cstddef> <cstdint> <cstring>
    <deque> <exception> <expected> <filesystem> <functional> <initializer_list> <limits> <map> <memory> <mutex> <optional>
    <random> <ranges> <set> <source_location> <span> <sstream> <stdexcept> <string> <string_view> <thread> <tuple>
    <type_traits> <unordered_map> <unordered_set> <utility> <variant> <vector>)
set(plain_headers ${standard_headers} <boost/json.hpp> <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp>
    <boost/asio/io_context.hpp> <boost/asio/post.hpp> <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp>)
set(net_headers ${plain_headers} <boost/asio/ip/tcp.hpp> <boost/beast/core.hpp> <boost/beast/http.hpp>)
set(test_headers ${plain_headers} <gtest/gtest.h>)

# The time of a test goes into what it tests. Optimizing the test itself would cost a third of its compilation.
set(test_optimization -O0)

file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/precompiled/empty.cpp" CONTENT "")
function(etapa_precompiled target kind)
    if(NOT TARGET precompiled_${kind})
        add_library(precompiled_${kind} OBJECT EXCLUDE_FROM_ALL "${CMAKE_BINARY_DIR}/precompiled/empty.cpp")
        target_link_libraries(precompiled_${kind} PRIVATE Boost::headers Boost::json Threads::Threads)
        if(kind STREQUAL "test")
            target_link_libraries(precompiled_${kind} PRIVATE GTest::gtest)  # the same definitions as the tests
            target_compile_options(precompiled_${kind} PRIVATE ${test_optimization})
        endif()
        target_precompile_headers(precompiled_${kind} PRIVATE ${${kind}_headers})
    endif()
    if(kind STREQUAL "test")
        target_compile_options(${target} PRIVATE ${test_optimization})
    endif()
    target_precompile_headers(${target} REUSE_FROM precompiled_${kind})
endfunction()
