# SQLite and zstd for WebAssembly, compiled from the sources that tools/wasm-sources.sh has fetched.
if(NOT EXISTS ${SPECTRADB_WASM_SOURCES}/.complete)
  message(FATAL_ERROR "The sources of SQLite and zstd are missing: run tools/wasm-sources.sh build/wasm-sources")
endif()

add_library(sqlite3_amalgamation STATIC ${SPECTRADB_WASM_SOURCES}/sqlite3/sqlite3.c)
target_include_directories(sqlite3_amalgamation SYSTEM PUBLIC ${SPECTRADB_WASM_SOURCES}/include)
target_compile_definitions(sqlite3_amalgamation PRIVATE
  SQLITE_THREADSAFE=2  # 0 would leave out routines that the extension calls
  SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_TEMP_STORE=2
  SQLITE_ENABLE_COLUMN_METADATA SQLITE_ENABLE_DBSTAT_VTAB SQLITE_ENABLE_FTS5 SQLITE_ENABLE_MATH_FUNCTIONS SQLITE_ENABLE_RTREE)
target_compile_options(sqlite3_amalgamation PRIVATE -w)
add_library(SQLite::SQLite3 ALIAS sqlite3_amalgamation)
set(SQLite3_INCLUDE_DIRS ${SPECTRADB_WASM_SOURCES}/include)

file(GLOB SPECTRADB_ZSTD_SOURCES ${SPECTRADB_WASM_SOURCES}/zstd/lib/common/*.c ${SPECTRADB_WASM_SOURCES}/zstd/lib/compress/*.c
  ${SPECTRADB_WASM_SOURCES}/zstd/lib/decompress/*.c ${SPECTRADB_WASM_SOURCES}/zstd/lib/dictBuilder/*.c)
add_library(zstd STATIC ${SPECTRADB_ZSTD_SOURCES})
target_compile_definitions(zstd PRIVATE ZSTD_DISABLE_ASM)
target_compile_options(zstd PRIVATE -w)
set(ZSTD_STATIC_LIBRARY zstd)
set(ZSTD_INCLUDE_DIR ${SPECTRADB_WASM_SOURCES}/include)

add_library(Threads::Threads INTERFACE IMPORTED)
