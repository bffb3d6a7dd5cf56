# Builds WebAssembly with Debian's Emscripten, and with what tools/wasm-sources.sh has fetched. tests/wasm.sh does all of it.
set(SPECTRADB_EMSCRIPTEN /usr/share/emscripten CACHE PATH "Where Emscripten is")
set(SPECTRADB_WASM_SOURCES ${CMAKE_CURRENT_LIST_DIR}/../build/wasm-sources)
cmake_path(NORMAL_PATH SPECTRADB_WASM_SOURCES)
set(CMAKE_FIND_ROOT_PATH ${SPECTRADB_WASM_SOURCES})
# Exceptions are the machine's own, not ones that go through JavaScript; nothing here jumps.
set(CMAKE_C_FLAGS_INIT "-sSUPPORT_LONGJMP=0")
set(CMAKE_CXX_FLAGS_INIT "-fwasm-exceptions -sSUPPORT_LONGJMP=0")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-fwasm-exceptions -sSUPPORT_LONGJMP=0")
set(SPECTRADB_TOOLCHAIN_OF_EMSCRIPTEN ${SPECTRADB_EMSCRIPTEN}/cmake/Modules/Platform/Emscripten.cmake)
if(NOT EXISTS ${SPECTRADB_TOOLCHAIN_OF_EMSCRIPTEN})
  message(FATAL_ERROR "There is no Emscripten in ${SPECTRADB_EMSCRIPTEN}: install Debian's package emscripten, or set SPECTRADB_EMSCRIPTEN")
endif()
include(${SPECTRADB_TOOLCHAIN_OF_EMSCRIPTEN})
