/*
** SpectraDB for SQLite: the C interface.
**
** After sqlite3_load_extension("spectradb") (or SELECT load_extension) every host that links SQLite
** dynamically understands temporal SQL through sqlite3_prepare_v2() itself. Where SQLite is linked statically,
** or with SPECTRADB_NO_HOOK=1 in the environment, use the functions below in the place of SQLite's: the
** signatures and the rules (nByte, the tail pointer, who frees what) are the same, and on a connection without
** the extension, or for text without temporal words, they do just what SQLite's do.
*/
#ifndef SPECTRADB_H
#define SPECTRADB_H

#include <sqlite3.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As sqlite3_prepare_v2(): the first statement of zSql is rewritten and prepared; *pzTail points into zSql. */
int spectradb_prepare_v2(sqlite3* db, const char* zSql, int nByte, sqlite3_stmt** ppStmt,
                         const char** pzTail);

/* As sqlite3_prepare_v3(). */
int spectradb_prepare_v3(sqlite3* db, const char* zSql, int nByte, unsigned int prepFlags,
                         sqlite3_stmt** ppStmt, const char** pzTail);

/* As sqlite3_exec(): runs every statement of zSql. *pzErrMsg is to be freed with sqlite3_free(). */
int spectradb_exec(sqlite3* db, const char* zSql, int (*callback)(void*, int, char**, char**), void* arg,
                   char** pzErrMsg);

/*
** The plain SQL that the temporal text stands for, all its statements, in memory to be freed with
** sqlite3_free(). On failure *pzOut is NULL and *pzErrMsg (if not NULL) a sentence, to be freed with
** sqlite3_free(). Returns an SQLite result code.
*/
int spectradb_rewrite(sqlite3* db, const char* zSql, char** pzOut, char** pzErrMsg);

/*
** Calls xCommit(pArg, commit) after each commit of temporal facts to the database zDb of this connection (NULL:
** "main"), by whichever connection of this process it comes, with the number of that commit, until the
** connection is closed. A later call for the same zDb takes the place of the former; NULL for xCommit ends it,
** and no call is under way when that returns. Returns SQLITE_MISUSE on a connection without the extension, and
** SQLITE_ERROR where there is no database of that name.
**
** It is called by the thread that has committed, while that waits, when other connections can see the commit.
** So it must be quick, must not call SQLite or the functions of this header, and should do no more than wake
** the thread that is to read: set a flag, signal a condition variable, write to a pipe. A commit of another process is not told,
** nor is a change of the schema alone: PRAGMA data_version tells of both. A database without a file hears of its
** own connection.
*/
int spectradb_on_commit(sqlite3* db, const char* zDb, void (*xCommit)(void* pArg, sqlite3_int64 commit),
                        void* pArg);

/* The entry point, for sqlite3_auto_extension(). The static library takes the routines it is linked with: pApi may be NULL. */
struct sqlite3_api_routines;
int sqlite3_spectradb_init(sqlite3* db, char** pzErrMsg, const struct sqlite3_api_routines* pApi);

#ifdef __cplusplus
}
#endif

#endif /* SPECTRADB_H */
