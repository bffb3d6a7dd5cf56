#!/usr/bin/ruby
# Ruby's gem sqlite3, where it is linked with the system's SQLite (Debian's ruby-sqlite3 is). usage: ruby.rb [MODULE]
require 'sqlite3'
require 'tmpdir'

Dir.mktmpdir do |directory|
  db = SQLite3::Database.new(File.join(directory, 'my.db'))
  db.enable_load_extension(true)
  db.load_extension((ARGV[0] || 'spectradb').delete_suffix('.so'))
  db.enable_load_extension(false)

  db.execute('CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING')
  db.execute('INSERT INTO accounts VALUES (?, ?, ?)', [1, 'alice', 100]) # commit 1
  db.execute('UPDATE accounts SET balance = balance - 20') # commit 2

  puts "now|#{db.get_first_value('SELECT balance FROM accounts')}"
  puts "after commit 1|#{db.get_first_value('SELECT balance FROM accounts AS OF ?', [1])}"
  db.close
end
