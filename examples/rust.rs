// Rust's rusqlite with the feature load_extension, linked with the system's SQLite. With its feature "bundled" it carries an
// SQLite of its own, and statements go through spectradb_sql(), as in bun.mjs.
//
//   cargo run [MODULE]
use rusqlite::{Connection, LoadExtensionGuard, Result};

fn main() -> Result<()> {
    let module = std::env::args().nth(1).unwrap_or_else(|| "spectradb".into());
    let db = Connection::open_in_memory()?; // a file works the same; its facts lie in it
    unsafe {
        let _guard = LoadExtensionGuard::new(&db)?;
        db.load_extension(module.trim_end_matches(".so"), None)?;
    }

    db.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING", ())?;
    db.execute("INSERT INTO accounts VALUES (?, ?, ?)", (1, "alice", 100))?; // commit 1
    db.execute("UPDATE accounts SET balance = balance - 20", ())?; // commit 2

    let now: i64 = db.query_row("SELECT balance FROM accounts", (), |row| row.get(0))?;
    println!("now|{now}");
    let then: i64 = db.query_row("SELECT balance FROM accounts AS OF ?", [1], |row| row.get(0))?;
    println!("after commit 1|{then}");
    Ok(())
}
