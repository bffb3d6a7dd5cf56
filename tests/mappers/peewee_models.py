#!/usr/bin/python3
"""peewee on temporal tables: models, its migrator, introspection and AS OF. History stays.

usage: peewee_models.py MODULE
"""
import os
import sys
import tempfile

import peewee
from playhouse.migrate import SqliteMigrator, migrate
from playhouse.reflection import Introspector, generate_models

module = os.path.abspath(sys.argv[1]).removesuffix(".so")
directory = tempfile.TemporaryDirectory()
db = peewee.SqliteDatabase(os.path.join(directory.name, "my.db"), pragmas={"foreign_keys": 1})
db.load_extension(module)


class Model(peewee.Model):
    class Meta:
        database = db
        table_settings = ["WITH SYSTEM VERSIONING"]


class Person(Model):
    name = peewee.CharField(unique=True)
    age = peewee.IntegerField(default=1, constraints=[peewee.SQL("DEFAULT 1")])


class Pet(Model):
    name = peewee.CharField(index=True)
    owner = peewee.ForeignKeyField(Person, backref="pets", on_delete="CASCADE")

    class Meta:
        indexes = ((("owner", "name"), True),)


class Score(Model):
    game = peewee.CharField()
    player = peewee.CharField()
    points = peewee.FloatField(null=True)

    class Meta:
        primary_key = peewee.CompositeKey("game", "player")


def same(got, wanted):
    assert got == wanted, "%r, not %r" % (got, wanted)


def rows(sql, *parameters):
    return db.execute_sql(sql, parameters).fetchall()


def use():
    db.create_tables([Person, Pet, Score])
    db.create_tables([Person, Pet, Score])  # makes nothing, because all tables exist
    with db.atomic():  # commit 1
        ann = Person.create(name="ann", age=30)
        Person.create(name="bob")
        Pet.create(name="rex", owner=ann)
        Pet.create(name="tom", owner=ann)
        Score.create(game="go", player="ann", points=1.5)
    same(ann.id, 1)
    Person.update(age=31).where(Person.name == "ann").execute()  # commit 2
    Person.insert(name="bob", age=9).on_conflict(conflict_target=[Person.name], update={Person.age: 9}).execute()  # commit 3
    same(Person.get(Person.name == "bob").age, 9)
    same([each.name for each in Person.update(age=32).where(Person.id == 1).returning(Person)], ["ann"])  # commit 4
    for wrong in (lambda: Person.create(name="ann"), lambda: Pet.create(name="rex", owner=ann), lambda: Pet.create(name="fox", owner=77)):
        try:
            with db.atomic():
                wrong()
            assert False, "a constraint did not hold"
        except peewee.IntegrityError:
            pass
    with db.atomic() as transaction:
        Person.create(name="eve")
        transaction.rollback()
    same([each.name for each in Person.select().order_by(Person.id)], ["ann", "bob"])


# Does what db.get_indexes() does, without sqlite_master, which has no index of a temporal table.
def indexes_of(table):
    names = [(name, bool(unique)) for _, name, unique, origin, _ in rows('PRAGMA "main".index_list("%s")' % table) if origin != "pk"]
    return sorted(([column for _, _, column in rows('PRAGMA "main".index_info("%s")' % name)], unique) for name, unique in names)


def reflect():
    same([name for name in db.get_tables() if not name.startswith("_spectradb")], ["person", "pet", "score"])
    same(db.get_primary_keys("person"), ["id"])
    same(db.get_primary_keys("score"), ["game", "player"])
    key, = db.get_foreign_keys("pet")
    same((key.column, key.dest_table, key.dest_column), ("owner_id", "person", "id"))
    same(indexes_of("pet"),
         [(["name"], False), (["owner_id"], False), (["owner_id", "name"], True)])
    same([(column.name, column.null, column.primary_key, column.default) for column in db.get_columns("person")],
         [("id", False, True, None), ("name", False, False, None), ("age", False, False, "1")])
    models = generate_models(db, table_names=["person", "pet", "score"])
    same(models["person"]._meta.primary_key.name, "id")
    same(models["score"]._meta.primary_key.field_names, ("game", "player"))
    same(models["pet"].owner.rel_model, models["person"])
    same([pet.owner.name for pet in models["pet"].select()], ["ann", "ann"])


def change():
    migrator = SqliteMigrator(db)
    db.foreign_keys = 0  # rows refer to what is dropped meanwhile, as with ordinary tables
    for steps in ([migrator.add_column("person", "city", peewee.CharField(default="Ulm"))],
                  [migrator.rename_column("person", "city", "town"), migrator.add_column("person", "email", peewee.CharField(null=True))],
                  [migrator.drop_column("person", "email")],
                  [migrator.alter_column_type("score", "points", peewee.IntegerField())],
                  # A copied table has lost its indexes, because peewee reads a table's indexes from
                  # sqlite_master.
                  [migrator.add_index("person", ("name",), True), migrator.add_index("person", ("town",), False)]):
        with db.atomic():
            migrate(*steps)
    db.foreign_keys = 1
    same([(column.name, column.null) for column in db.get_columns("person")],
         [("id", False), ("name", False), ("age", False), ("town", False)])
    same(rows("SELECT name FROM spectradb_tables ORDER BY 1"), [("person",), ("pet",), ("score",)])
    same(rows("SELECT name, age, town FROM person ORDER BY id"), [("ann", 32, "Ulm"), ("bob", 9, "Ulm")])
    same(rows("SELECT name, age FROM person AS OF 1 ORDER BY id"), [("ann", 30), ("bob", 1)])
    same(rows("SELECT commit_no, operation FROM spectradb_history('person') WHERE key = 1 ORDER BY 1 LIMIT 3"),
         [(1, "insert"), (2, "update"), (4, "update")])
    same(rows("SELECT points FROM score AS OF 1"), [(1.5,)])
    same(indexes_of("person"), [(["name"], True), (["town"], False)])
    key, = db.get_foreign_keys("pet")
    same((key.dest_table, key.dest_column), ("person", "id"))


def delete():
    then, = rows("SELECT max(commit_no) FROM spectradb_commits")[0]
    Person.delete().where(Person.name == "ann").execute()
    same(Pet.select().count(), 0)
    same([pet.name for pet in Pet.raw("SELECT * FROM pet AS OF ? ORDER BY id", then)], ["rex", "tom"])
    rows("SELECT spectradb_as_of(?)", then)
    same([(pet.name, pet.owner.name) for pet in Pet.select(Pet, Person).join(Person).order_by(Pet.id)], [("rex", "ann"), ("tom", "ann")])
    rows("SELECT spectradb_as_of(NULL)")
    same(rows("SELECT spectradb_check()"), [("ok",)])


for step in (use, reflect, change, delete):
    db.connect()
    step()
    db.close()
print("peewee: models, migrations, reflection and AS OF, with history intact")
