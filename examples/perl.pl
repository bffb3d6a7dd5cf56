#!/usr/bin/perl
# DBI with DBD::SQLite, where it is linked with the system's SQLite (Debian's libdbd-sqlite3-perl is). usage: perl.pl [MODULE]
use strict;
use warnings;
use DBI;
use File::Temp qw(tempdir);

my $module = shift // 'spectradb';
$module =~ s/\.so$//;
my $directory = tempdir(CLEANUP => 1);
my $db = DBI->connect("dbi:SQLite:dbname=$directory/my.db", '', '', { RaiseError => 1, PrintError => 0 });
$db->sqlite_enable_load_extension(1);
$db->sqlite_load_extension($module);
$db->sqlite_enable_load_extension(0);

$db->do('CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING');
$db->do('INSERT INTO accounts VALUES (?, ?, ?)', undef, 1, 'alice', 100);    # commit 1
$db->do('UPDATE accounts SET balance = balance - 20');                       # commit 2

print 'now|', $db->selectrow_array('SELECT balance FROM accounts'), "\n";
print 'after commit 1|', $db->selectrow_array('SELECT balance FROM accounts AS OF ?', undef, 1), "\n";
$db->disconnect;
