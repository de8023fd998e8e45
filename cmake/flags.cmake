# How everything of ours is compiled. chancery_flags is linked privately by our own targets, so that generated code is
# spared our warnings.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

find_program(CHANCERY_CCACHE ccache)
if(CHANCERY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the tree, so that another checkout of it finds what this one compiled. What ccache asks for before it
  # takes precompiled headers is said too: they hold nothing of ours and no time.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=true
    CCACHE_SLOPPINESS=pch_defines,time_macros "${CHANCERY_CCACHE}")
endif()

find_program(CHANCERY_LLD ld.lld)
if(CHANCERY_LLD)
  add_link_options(-fuse-ld=lld)
endif()

# No path of the building machine in an object: what is built twice is the same twice. The longer prefix comes last,
# because the compiler tries the last one first.
# ccache hands the compiler paths relative to the build's folder.
file(RELATIVE_PATH chancery_up "${CMAKE_BINARY_DIR}" "${CMAKE_SOURCE_DIR}")
add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=" "-ffile-prefix-map=${CMAKE_BINARY_DIR}/=build/"
  "-ffile-prefix-map=${chancery_up}=")

if(CHANCERY_SANITIZE)
  add_compile_options(-fsanitize=${CHANCERY_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CHANCERY_SANITIZE})
  if(CHANCERY_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
if(CHANCERY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(CHANCERY_HARDENING)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now -Wl,-z,noexecstack)
endif()

add_library(chancery_flags INTERFACE)
target_compile_options(chancery_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror=switch)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(chancery_flags INTERFACE -Wno-restrict)  # g++ 12 warns of "text" + std::string (its bug 105651)
endif()
# Sanitized code makes the compiler warn of paths that are not there: their presets leave warnings as warnings.
if(CHANCERY_WERROR)
  target_compile_options(chancery_flags INTERFACE -Werror)
endif()
