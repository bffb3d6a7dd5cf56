# Writes OUT, the table of SQLite's routines for hosts that compile SQLite in: those that the SOURCES use, under the names
# that HEADER, SQLite's sqlite3ext.h, gives them. What they do not use may be missing in such an SQLite.
# usage: cmake -DHEADER=… -DOUT=… -DSOURCES=file,file,… -P routines.cmake
cmake_policy(VERSION 3.25)
string(REPLACE "," ";" SOURCES "${SOURCES}")
set(words "")
foreach(source ${SOURCES})
  file(READ ${source} text)
  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  string(REGEX MATCHALL "sqlite3_[a-z0-9_]+|sqlite3_api->[a-z0-9_]+" found "${text}")
  list(APPEND words ${found})
  list(REMOVE_DUPLICATES words)
endforeach()

set(routines "")
set(members "")
file(STRINGS ${HEADER} defines REGEX "^#define sqlite3_[a-z0-9_]+ +sqlite3_api->")
foreach(define ${defines})
  string(REGEX MATCH "^#define (sqlite3_[a-z0-9_]+) +sqlite3_api->([a-z0-9_]+)" define "${define}")
  set(name ${CMAKE_MATCH_1})
  set(member ${CMAKE_MATCH_2})
  if(name IN_LIST words OR "sqlite3_api->${member}" IN_LIST words)
    if(member IN_LIST members)
      continue()
    endif()
    list(APPEND members ${member})
    string(APPEND routines "    .${member} = ${name},\n")
  endif()
endforeach()
file(WRITE ${OUT} "/* Written by extension/linked/routines.cmake: the routines of the SQLite that this is linked with. */
#define SQLITE_CORE 1 /* so that sqlite3ext.h declares functions, not ways through a table */
#include <sqlite3ext.h>

extern const struct sqlite3_api_routines spectradb_linked_routines;
const struct sqlite3_api_routines spectradb_linked_routines = {
${routines}};
")
