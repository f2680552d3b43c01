# One test binary per folder: src/<layer>/**/*_test.cpp beside the code, tests/<folder>/**/*_test.cpp for the larger ones.
# Each is one ctest test: starting a sanitized process per test case would cost more than most cases themselves.
# Run one case with GTEST_FILTER=Suite.Case ./test -R <layer>_tests.
find_package(GTest REQUIRED)

# etapa_test(NAME [READS … ] COMMAND …): tests find files of the checkout relative to it, and the server through
# ETAPA_BINARY. One that says what it reads is left out of ./test while that is as it was when it was green.
function(etapa_test name)
    cmake_parse_arguments(PARSE_ARGV 1 test "" "" "READS;COMMAND;CONFIGURATIONS")
    if(test_READS)
        list(APPEND test_READS scripts)
    endif()
    add_test(NAME ${name} COMMAND scripts/run-test "${CMAKE_BINARY_DIR}/green" ${name} ${test_READS} -- ${test_COMMAND}
        CONFIGURATIONS ${test_CONFIGURATIONS} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set(environment "UBSAN_OPTIONS=print_stacktrace=1" "ASAN_OPTIONS=detect_stack_use_after_return=1"
        "TSAN_OPTIONS=halt_on_error=1")
    if(TARGET etapa)
        list(APPEND environment "ETAPA_BINARY=$<TARGET_FILE:etapa>")
    endif()
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "${environment}" TIMEOUT 600)
endfunction()

function(etapa_test_binary name layer)
    add_executable(${name} ${ARGN})
    if(layer MATCHES "^(base|net)$")
        target_link_libraries(${name} PRIVATE ${layer} GTest::gtest_main)
    else()
        target_link_libraries(${name} PRIVATE ${layer} test_main)
    endif()
    etapa_precompiled(${name} test)
    target_link_options(${name} PRIVATE "-Wl,--dependency-file,$<TARGET_FILE:${name}>.d")  # for scripts/run-test
    if(TARGET etapa AND layer MATCHES "app|test_support")  # the lower layers know no server
        add_dependencies(${name} etapa)
    endif()
    set(reads "$<TARGET_FILE:${name}>" "$<TARGET_FILE:etapa>" docs/openapi.json tests/stories src/channels)
    etapa_test(${name} READS ${reads} COMMAND "$<TARGET_FILE:${name}>" --gtest_brief=1)
    # What touches the database runs on both.
    if(name MATCHES "^(db|crm|flow|work|api|contract|stories|concurrency|delivery|simulation)_tests$")
        etapa_test(${name}_postgres READS ${reads} COMMAND scripts/with-postgres "$<TARGET_FILE:${name}>" --gtest_brief=1)
        set_property(TEST ${name}_postgres APPEND PROPERTY ENVIRONMENT ETAPA_TEST_DATABASE=postgres)
        set_property(TEST ${name}_postgres PROPERTY TIMEOUT 1500)  # the server takes its part of the cores
    endif()
endfunction()

add_library(test_main STATIC tests/test_main.cpp)
target_link_libraries(test_main PUBLIC db GTest::gtest)
etapa_precompiled(test_main test)

file(GLOB_RECURSE support CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/support/*.cpp")
list(FILTER support EXCLUDE REGEX "_test\\.cpp$")
if(support)
    add_library(test_support STATIC ${support})
    target_include_directories(test_support PUBLIC "${CMAKE_SOURCE_DIR}/tests")
    target_link_libraries(test_support PUBLIC app GTest::gtest)
    etapa_precompiled(test_support test)
else()
    add_library(test_support INTERFACE)
    target_link_libraries(test_support INTERFACE app)
endif()

foreach(layer IN ITEMS base db net crm flow channels models work api app)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${layer}/*_test.cpp")
    if(sources)
        set(link ${layer})
        if(layer MATCHES "^(api|app)$")
            list(APPEND link test_support)
        endif()
        etapa_test_binary(${layer}_tests "${link}" ${sources})
    endif()
endforeach()

file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true "${CMAKE_SOURCE_DIR}/tests/*")
foreach(folder IN LISTS folders)
    cmake_path(GET folder FILENAME name)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*_test.cpp")
    if(sources AND NOT name STREQUAL "tidy")
        etapa_test_binary(${name}_tests test_support ${sources})
    endif()
endforeach()

# tests/cli/*_test.py and tests/crash/*_test.py drive the program from outside, as a process.
file(GLOB scripts CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/cli/*_test.py"
    "${CMAKE_SOURCE_DIR}/tests/crash/*_test.py")
file(GLOB helpers CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/cli/*")
list(FILTER helpers EXCLUDE REGEX "_test\\.py$|__pycache__")
foreach(script IN LISTS scripts)
    cmake_path(GET script STEM name)
    string(REGEX REPLACE "_test$" "" name "${name}")
    set(reads "${script}" ${helpers} "$<TARGET_FILE:etapa>" README.md run packages.txt package-lock.json)
    if(script MATCHES "/crash/")
        list(APPEND reads tests/crash)  # they share what they do
    endif()
    if(name MATCHES "postgres$")
        etapa_test(cli_${name} READS ${reads} COMMAND scripts/with-postgres python3 "${script}")
    else()
        etapa_test(cli_${name} READS ${reads} COMMAND python3 "${script}")
        # What users get is put together in another way (cmake/layers.cmake), so the long run drives that, too.
        etapa_test(release_${name} CONFIGURATIONS Long COMMAND python3 "${script}")
        set_tests_properties(release_${name} PROPERTIES ENVIRONMENT "ETAPA_BINARY=${CMAKE_SOURCE_DIR}/build/etapa")
    endif()
endforeach()

# Long, they take up to an hour.
set_tests_properties(cli_copy_postgres cli_failover_postgres cli_nodes_postgres cli_storm cli_storm_postgres
    concurrency_tests concurrency_tests_postgres durability_tests simulation_tests simulation_tests_postgres
    PROPERTIES TIMEOUT 3600)

# The checks that run nothing of the server are tests too, so that ctest's closing lines speak for everything.
etapa_test(tidy COMMAND python3 tests/tidy/tidy_test.py)
etapa_test(format COMMAND scripts/check-format)
etapa_test(lint COMMAND scripts/lint "${CMAKE_BINARY_DIR}")
set_tests_properties(lint PROPERTIES PROCESSORS 2 TIMEOUT 2400)
if(EXISTS "${CMAKE_SOURCE_DIR}/docs/openapi.json")
    etapa_test(lint_openapi COMMAND scripts/lint-openapi)
endif()

# ./test --long adds these (ctest -C Long) after building the other two presets.
foreach(program IN ITEMS base_tests db_tests net_tests work_tests api_tests concurrency_tests)
    if(TARGET ${program})
        etapa_test(tsan_${program} CONFIGURATIONS Long COMMAND "build/tsan/${program}" --gtest_brief=1)
        set_tests_properties(tsan_${program} PROPERTIES TIMEOUT 1500)
    endif()
endforeach()
