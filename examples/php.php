<?php
// PHP's class SQLite3, where it is linked with the system's SQLite (Debian's is). PHP loads extensions from one folder only.
// PDO cannot load any.
//
//   php -d sqlite3.extension_dir=FOLDER php.php [MODULE]     the module is a file name in that folder
$directory = sys_get_temp_dir() . '/spectradb-' . bin2hex(random_bytes(8));
mkdir($directory);
$db = new SQLite3("$directory/my.db");
$db->enableExceptions(true);
$db->loadExtension(basename($argv[1] ?? 'spectradb.so'));

$db->exec('CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING');
$insert = $db->prepare('INSERT INTO accounts VALUES (:id, :owner, :balance)');
foreach ([':id' => 1, ':owner' => 'alice', ':balance' => 100] as $name => $value) $insert->bindValue($name, $value);
$insert->execute();                                            // commit 1
$db->exec('UPDATE accounts SET balance = balance - 20');       // commit 2

echo 'now|', $db->querySingle('SELECT balance FROM accounts'), "\n";
$then = $db->prepare('SELECT balance FROM accounts AS OF :commit');
$then->bindValue(':commit', 1);
echo 'after commit 1|', $then->execute()->fetchArray()['balance'], "\n";
$then->close();
$insert->close();
$db->close();
foreach (new RecursiveIteratorIterator(
  new RecursiveDirectoryIterator($directory, FilesystemIterator::SKIP_DOTS), RecursiveIteratorIterator::CHILD_FIRST) as $file)
  $file->isDir() ? rmdir($file) : unlink($file);
rmdir($directory);
