#!/usr/bin/python3
"""Django's migrations on temporal tables: models are made, get a history, and are added to, altered and cut down, each by
`makemigrations` and `migrate` in a process of its own, as its users do. History stays.

usage: django_project.py MODULE
"""
import os
import subprocess
import sys
import tempfile
import textwrap

module = os.path.abspath(sys.argv[1]).removesuffix(".so")

SETTINGS = f"""
import os
from django.db.backends.signals import connection_created

def load(connection, **kwargs):
    connection.connection.enable_load_extension(True)
    connection.connection.load_extension({module!r})
    connection.connection.enable_load_extension(False)

connection_created.connect(load)
SECRET_KEY = "x"
USE_TZ = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["library"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(os.path.dirname(__file__), "my.db")}}}}
"""

MODELS = """
from django.db import models

class Author(models.Model):
    name = models.CharField(max_length=100, unique=True)

class Book(models.Model):
    title = models.CharField(max_length=100, db_index=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    {fields}
    class Meta:
        unique_together = [("title", "author")]

class Review(models.Model):
    book = models.ForeignKey(Book, null=True, on_delete=models.SET_NULL)
    stars = models.IntegerField(default=3)
"""

VERSIONED = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("library", "0001_initial")]
    operations = [migrations.RunSQL(
        ["ALTER TABLE library_%s ADD SYSTEM VERSIONING" % table for table in ("author", "book", "review")],
        migrations.RunSQL.noop)]
"""


class Project:
    def __init__(self, path):
        self.path = path
        self.write("settings.py", SETTINGS)
        self.write("library/__init__.py", "")
        self.write("library/migrations/__init__.py", "")

    def write(self, name, text):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def run(self, *arguments):
        environment = dict(os.environ, DJANGO_SETTINGS_MODULE="settings", PYTHONPATH=self.path, PYTHONDONTWRITEBYTECODE="1")
        done = subprocess.run([sys.executable, *arguments], env=environment, cwd=self.path, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(arguments)[:2000]} fails:\n{done.stdout}{done.stderr}")
        return done.stdout

    def manage(self, *arguments):
        return self.run("-m", "django", *arguments)

    def models(self, fields, migrate=True):
        self.write("library/models.py", MODELS.format(fields=fields))
        if migrate:
            self.manage("makemigrations", "library", "-v", "0")
            self.manage("migrate", "-v", "0")

    # Runs the lines in a new process, with the models.
    def shell(self, text):
        head = """
            import django
            django.setup()
            from django.db import connection, transaction, IntegrityError
            from library.models import *
            def sql(text, *parameters):
                with connection.cursor() as cursor:
                    cursor.execute(text, parameters)
                    return cursor.fetchall()
            def same(got, wanted):
                assert got == wanted, "%r, not %r" % (got, wanted)
        """
        return self.run("-c", textwrap.dedent(head) + textwrap.dedent(text))


with tempfile.TemporaryDirectory() as directory:
    project = Project(directory)
    project.models("pages = models.IntegerField(null=True)")
    project.write("library/migrations/0002_versioned.py", VERSIONED)
    project.manage("migrate", "-v", "0")

    project.shell("""
        same(sorted(name for (name,) in sql("SELECT name FROM spectradb_tables")), ["library_author", "library_book", "library_review"])
        with transaction.atomic():                                                                # commit 1
            ann = Author.objects.create(name="ann")
            bob = Author.objects.create(name="bob")
            first = Book.objects.create(title="first", author=ann, pages=10)
            Book.objects.create(title="second", author=bob, pages=20)
            Review.objects.create(book=first, stars=5)
        same((ann.pk, bob.pk, first.pk), (1, 2, 1))
        Book.objects.filter(title="first").update(pages=11)                                       # commit 2
        book, made = Book.objects.update_or_create(title="second", author=bob, defaults={"pages": 21})  # commit 3
        same((book.pages, made), (21, False))
        same(Book.objects.get_or_create(title="third", author=ann, defaults={"pages": 30})[1], True)    # commit 4
        try:
            Author.objects.create(name="ann")
            assert False, "a second ann"
        except IntegrityError:
            pass
        try:
            with transaction.atomic():
                Author.objects.create(name="eve")
                raise ValueError
        except ValueError:
            pass
        same(list(Author.objects.order_by("name").values_list("name", flat=True)), ["ann", "bob"])
        Author.objects.bulk_create([Author(name="cat"), Author(name="dog")])                      # commit 5
        same(Author.objects.count(), 4)
    """)

    # A column is added, altered, and dropped: each time Django copies the table, drops it and renames the
    # copy.
    added = "pages = models.IntegerField(null=True)\n    isbn = models.CharField(max_length=20, default='none')"
    project.models(added)
    altered = "pages = models.BigIntegerField(default=0)\n    isbn = models.CharField(max_length=30, default='none')"
    project.models(altered.replace("default=0", "null=True, default=0"))
    project.shell("""
        same(sorted(name for (name,) in sql("SELECT name FROM spectradb_tables")), ["library_author", "library_book", "library_review"])
        same(list(Book.objects.order_by("id").values_list("title", "pages", "isbn")), [("first", 11, "none"), ("second", 21, "none"), ("third", 30, "none")])
        same(sql("SELECT title, pages FROM library_book AS OF 1 ORDER BY id"), [("first", 10), ("second", 20)])
        Book.objects.filter(title="third").update(isbn="978")
    """)
    project.models("isbn = models.CharField(max_length=30, default='none')")
    project.shell("""
        same(sorted(name for (name,) in sql("SELECT name FROM spectradb_tables")), ["library_author", "library_book", "library_review"])
        same([column.name for column in connection.introspection.get_table_description(connection.cursor(), "library_book")],
             ["id", "title", "author_id", "isbn"])
        same(list(Book.objects.order_by("id").values_list("title", "isbn")), [("first", "none"), ("second", "none"), ("third", "978")])
        same(sql("SELECT title FROM library_book AS OF 1 ORDER BY id"), [("first",), ("second",)])
        # Each fact of the table from its first day on is there.
        same(sql("SELECT commit_no, operation FROM spectradb_history('library_book') WHERE key = 1 ORDER BY commit_no LIMIT 2"),
             [(1, "insert"), (2, "update")])
    """)

    # The past can be read, and deleting a row deletes those that refer to it.
    project.shell("""
        then = sql("SELECT max(commit_no) FROM spectradb_commits")[0][0]
        ann = Author.objects.get(name="ann")
        ann.delete()
        same(list(Book.objects.values_list("title", flat=True)), ["second"])
        same(list(Review.objects.values_list("book_id", "stars")), [(None, 5)])
        same([book.title for book in Book.objects.raw("SELECT * FROM library_book AS OF %s ORDER BY id", [then])], ["first", "second", "third"])
        same(list(Book.objects.extra(where=["library_book._as_of = %s"], params=[then]).order_by("id").values_list("title", flat=True)),
             ["first", "second", "third"])
        sql("SELECT spectradb_as_of(%s)", then)
        same([(book.title, book.author.name) for book in Book.objects.select_related("author").order_by("id")],
             [("first", "ann"), ("second", "bob"), ("third", "ann")])
        sql("SELECT spectradb_as_of(NULL)")
        same(Book.objects.count(), 1)
    """)

    # Django's introspection describes the database as it is.
    project.shell("""
        cursor = connection.cursor()
        describe = connection.introspection
        same(describe.get_primary_key_column(cursor, "library_book"), "id")
        same(describe.get_relations(cursor, "library_book"), {"author_id": ("id", "library_author")})
        indexes = sql("PRAGMA index_list(library_book)")
        columns = lambda index: [name for _, _, name in sql("PRAGMA index_info(%s)" % connection.ops.quote_name(index))]
        same(sorted(columns(index[1]) for index in indexes if index[2] == 1), [["title", "author_id"]])
        same(sorted(columns(index[1]) for index in indexes if index[2] == 0), [["author_id"], ["title"]])
    """)
    written = project.manage("inspectdb", "library_author", "library_book", "library_review")
    for line in ("name = models.CharField(unique=True, max_length=100)", "author = models.ForeignKey(LibraryAuthor, models.DO_NOTHING)",
                 "isbn = models.CharField(max_length=30)", "book = models.ForeignKey(LibraryBook, models.DO_NOTHING, blank=True, null=True)"):
        assert line in written, f"inspectdb writes no {line}:\n{written}"
    project.shell("same(sql('SELECT spectradb_check()'), [('ok',)])")
print("Django: models, migrations, reflection and AS OF, with history intact")
