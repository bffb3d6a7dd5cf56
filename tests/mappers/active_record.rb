#!/usr/bin/ruby
# Uses ActiveRecord on temporal tables: models, migrations (which copy a table aside and back to change a
# column), the dumper of schema.rb and AS OF. The history must stay.
#
# usage: active_record.rb MODULE
require 'tmpdir'
require 'stringio'
require 'active_record'

MODULE = File.expand_path(ARGV[0]).delete_suffix('.so')
VERSIONED = { options: 'WITH SYSTEM VERSIONING' }.freeze
ActiveRecord::Migration.verbose = false

def same(got, wanted)
  raise "#{got.inspect}, not #{wanted.inspect}" unless got == wanted
end

def connect(path)
  ActiveRecord::Base.establish_connection(adapter: 'sqlite3', database: path)
  raw = ActiveRecord::Base.connection.raw_connection
  raw.enable_load_extension(true)
  raw.load_extension(MODULE)
  raw.enable_load_extension(false)
  ActiveRecord::Base.descendants.each(&:reset_column_information)
end

def sql(text)
  ActiveRecord::Base.connection.select_rows(text)
end

class Author < ActiveRecord::Base
  has_many :books
end

class Book < ActiveRecord::Base
  belongs_to :author
end

class MakeTables < ActiveRecord::Migration[6.1]
  def change
    create_table :authors, **VERSIONED do |t|
      t.string :name, null: false, index: { unique: true }
      t.string :city, default: 'Ulm'
    end
    create_table :books, **VERSIONED do |t|
      t.references :author, foreign_key: { on_delete: :cascade }
      t.string :title, limit: 100
      t.integer :pages
    end
    add_index :books, %i[title author_id], unique: true
  end
end

class ChangeTables < ActiveRecord::Migration[6.1]
  def up
    add_column :books, :isbn, :string, default: 'none', null: false
    change_column :books, :pages, :decimal, precision: 10, scale: 2
    add_column :books, :note, :text
    rename_column :books, :title, :name
    remove_column :books, :note
    change_column_default :books, :isbn, 'unknown'
    change_column_null :books, :pages, false, 0
    add_column :authors, :born, :integer
  end
end

def use
  MakeTables.migrate(:up)
  Author.transaction do # commit 1
    ann = Author.create!(name: 'ann')
    Author.create!(name: 'bob', city: 'Kiel')
    Book.create!(author: ann, title: 'first', pages: 10)
    Book.create!(author: ann, title: 'second', pages: 20)
  end
  same Author.order(:id).pluck(:id, :name, :city), [[1, 'ann', 'Ulm'], [2, 'bob', 'Kiel']]
  same Author.last.id, 2
  Book.find_by(title: 'first').update!(pages: 11) # commit 2
  Author.upsert({ name: 'bob', city: 'Bonn' }, unique_by: :name) # commit 3
  same Author.find_by(name: 'bob').city, 'Bonn'
  Author.insert_all([{ name: 'cat' }, { name: 'ann' }]) # commit 4
  same Author.order(:id).pluck(:name), %w[ann bob cat]
  begin
    Author.create!(name: 'ann')
    raise 'a second ann'
  rescue ActiveRecord::RecordNotUnique
  end
  begin
    ActiveRecord::Base.connection.execute("INSERT INTO books (author_id, title) VALUES (77, 'x')")
    raise 'a book of nobody'
  rescue ActiveRecord::InvalidForeignKey
  end
end

def reflect
  connection = ActiveRecord::Base.connection
  same connection.primary_key('authors'), 'id'
  same Book.primary_key, 'id'
  same connection.indexes('books').map { |index| [index.columns, index.unique] }.sort_by(&:to_s),
       [[['author_id'], false], [%w[title author_id], true]]
  key, = connection.foreign_keys('books')
  same [key.from_table, key.to_table, key.column, key.primary_key, key.on_delete], ['books', 'authors', 'author_id', 'id', :cascade]
  same connection.columns('authors').map { |column| [column.name, column.null, column.default] },
       [['id', false, nil], ['name', false, nil], ['city', true, 'Ulm']]
  ActiveRecord::SchemaDumper.ignore_tables = [/\A_spectradb/]
  ActiveRecord::SchemaDumper.dump(connection, out = StringIO.new)
  ['t.string "name", null: false', 't.string "city", default: "Ulm"', 't.index ["name"], name: "index_authors_on_name", unique: true',
   'add_foreign_key "books", "authors", on_delete: :cascade', 'create_table "books"'].each do |line|
    raise "schema.rb has no #{line}:\n#{out.string}" unless out.string.include?(line)
  end
end

def change
  ChangeTables.migrate(:up)
  [Author, Book].each(&:reset_column_information)
  same sql('SELECT name FROM spectradb_tables ORDER BY 1'), [['authors'], ['books']]
  same Book.column_names, %w[id author_id name pages isbn]
  same Book.order(:id).map { |book| [book.name, book.pages.to_i, book.isbn] }, [['first', 11, 'none'], ['second', 20, 'none']]
  same sql('SELECT name, pages FROM books AS OF 1 ORDER BY id').map { |name, pages| [name, pages.to_i] }, [['first', 10], ['second', 20]]
  same sql("SELECT commit_no, operation FROM spectradb_history('books') WHERE key = 1 ORDER BY 1 LIMIT 2"), [[1, 'insert'], [2, 'update']]
  same sql('SELECT name, city FROM authors AS OF 1 ORDER BY id'), [%w[ann Ulm], %w[bob Kiel]]
  same Book.columns_hash['isbn'].default, 'unknown'
  same Book.columns_hash['pages'].null, false
  same ActiveRecord::Base.connection.indexes('books').map { |index| [index.columns, index.unique] }.sort_by(&:to_s),
       [[['author_id'], false], [%w[name author_id], true]]
  same ActiveRecord::Base.connection.foreign_keys('books').map(&:on_delete), [:cascade]
end

def delete
  last = sql('SELECT max(commit_no) FROM spectradb_commits')[0][0]
  Author.find_by(name: 'ann').delete
  same Book.count, 0
  same Book.from("books AS OF #{last}").order(:id).pluck(:name), %w[first second]
  same Book.find_by_sql(['SELECT * FROM books AS OF ? ORDER BY id', last]).map(&:name), %w[first second]
  sql("SELECT spectradb_as_of(#{last})")
  same Book.includes(:author).order(:id).map { |book| [book.name, book.author.name] }, [%w[first ann], %w[second ann]]
  sql('SELECT spectradb_as_of(NULL)')
  same sql('SELECT spectradb_check()'), [['ok']]
end

Dir.mktmpdir do |directory|
  %i[use reflect change delete].each do |step|
    connect(File.join(directory, 'my.db'))
    send(step)
    ActiveRecord::Base.connection.disconnect!
  end
end
puts 'ActiveRecord: models, migrations, reflection and AS OF, with history intact'
