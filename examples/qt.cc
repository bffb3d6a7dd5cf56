// Qt's QSQLITE, where it is linked with the system's SQLite (Debian's libqt5sql5-sqlite is). It has no way to load an
// extension: sqlite3_auto_extension() puts the module into each connection that is opened from then on.
//
//   c++ -fPIC qt.cc $(pkg-config --cflags --libs Qt5Sql sqlite3) -ldl && ./a.out [MODULE]
#include <dlfcn.h>
#include <sqlite3.h>

#include <QCoreApplication>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>
#include <cstdio>
#include <cstdlib>

static QVariant ask(const QString& sql, const QVariantList& parameters = {}) {
  QSqlQuery query;
  bool is_right = query.prepare(sql);
  for (const QVariant& parameter : parameters) query.addBindValue(parameter);
  is_right = is_right && query.exec();
  if (!is_right) {
    std::fprintf(stderr, "%s\n", qPrintable(query.lastError().text()));
    std::exit(1);
  }
  return query.next() ? query.value(0) : QVariant();
}

int main(int argc, char** argv) {
  const QCoreApplication application(argc, argv);
  void* const module = dlopen(argc > 1 ? argv[1] : "spectradb.so", RTLD_NOW);
  void* const start = module == nullptr ? nullptr : dlsym(module, "sqlite3_spectradb_init");
  if (start == nullptr || sqlite3_auto_extension(reinterpret_cast<void (*)()>(start)) != SQLITE_OK) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  QSqlDatabase db = QSqlDatabase::addDatabase("QSQLITE");
  db.setDatabaseName(":memory:");  // a file works the same; its facts lie in it
  if (!db.open()) {
    std::fprintf(stderr, "%s\n", qPrintable(db.lastError().text()));
    return 1;
  }
  ask("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING");
  ask("INSERT INTO accounts VALUES (?, ?, ?)", {1, "alice", 100});  // commit 1
  ask("UPDATE accounts SET balance = balance - 20");                // commit 2
  std::printf("now|%lld\n", ask("SELECT balance FROM accounts").toLongLong());
  std::printf("after commit 1|%lld\n", ask("SELECT balance FROM accounts AS OF ?", {1}).toLongLong());
  return 0;
}
