// Java: the xerial driver, where it is linked with the system's SQLite (Debian's libxerial-sqlite-jdbc-java is). The one of
// Maven carries an SQLite of its own, and statements go through spectradb_sql(), as in bun.mjs.
//
//   java -cp /usr/share/java/sqlite-jdbc.jar jdbc.java [MODULE]
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.sqlite.SQLiteConfig;

class Accounts {
  public static void main(String[] arguments) throws SQLException {
    String module = arguments.length > 0 ? arguments[0] : "spectradb.so";
    SQLiteConfig config = new SQLiteConfig();
    config.enableLoadExtension(true);
    // A file works the same; its facts lie in it.
    try (Connection db = DriverManager.getConnection("jdbc:sqlite::memory:", config.toProperties())) {
      try (PreparedStatement load = db.prepareStatement("SELECT load_extension(?)")) {
        load.setString(1, module.replaceFirst("\\.so$", ""));
        load.execute();
      }
      try (Statement statement = db.createStatement()) {
        statement.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING");
        statement.execute("INSERT INTO accounts VALUES (1, 'alice', 100)"); // commit 1
        statement.execute("UPDATE accounts SET balance = balance - 20"); // commit 2
        try (ResultSet now = statement.executeQuery("SELECT balance FROM accounts")) {
          System.out.println("now|" + now.getLong(1));
        }
      }
      try (PreparedStatement then = db.prepareStatement("SELECT balance FROM accounts AS OF ?")) {
        then.setInt(1, 1);
        System.out.println("after commit 1|" + then.executeQuery().getLong(1));
      }
    }
  }
}
