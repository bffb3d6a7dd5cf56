#!/usr/bin/python3
"""SQLAlchemy on temporal tables: models, upserts, reflection, automap and AS OF; and Alembic's batch mode, which copies a table to
change a column. History stays.

usage: sqlalchemy_models.py MODULE
"""
import os
import sys
import tempfile

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import event, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, declarative_base, joinedload, relationship
from sqlalchemy.schema import CreateTable

module = os.path.abspath(sys.argv[1]).removesuffix(".so")
Base = declarative_base()


class Customer(Base):
    __tablename__ = "customers"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False, unique=True)
    city = sa.Column(sa.String, server_default="Ulm")
    orders = relationship("Order", back_populates="customer", passive_deletes=True, order_by="Order.number")


class Order(Base):
    __tablename__ = "orders"
    shop = sa.Column(sa.String(10), primary_key=True)
    number = sa.Column(sa.Integer, primary_key=True)
    customer_id = sa.Column(sa.ForeignKey("customers.id", ondelete="CASCADE"), nullable=False)
    amount = sa.Column(sa.Float)
    customer = relationship(Customer, back_populates="orders")
    __table_args__ = (sa.Index("orders_by_amount", amount.desc()), sa.UniqueConstraint("customer_id", "amount", name="one_amount"),
                      sa.CheckConstraint("amount >= 0"))


@compiles(CreateTable, "sqlite")
def with_versioning(create, compiler, **kw):
    words = compiler.visit_create_table(create, **kw)
    # A copy that Alembic makes becomes temporal when it gets the name of the temporal table.
    return words if create.element.name.startswith("_alembic") else words + " WITH SYSTEM VERSIONING"


def same(got, wanted):
    assert got == wanted, "%r, not %r" % (got, wanted)


def open_engine(path):
    engine = sa.create_engine("sqlite:///" + path)

    @event.listens_for(engine, "connect")
    def load(connection, record):
        connection.isolation_level = None  # SQLAlchemy begins transactions itself, below
        connection.enable_load_extension(True)
        connection.load_extension(module)
        connection.enable_load_extension(False)
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection):
        connection.exec_driver_sql("BEGIN")

    return engine


def use(engine):
    Base.metadata.create_all(engine)
    Base.metadata.create_all(engine)  # makes nothing, because all tables exist
    with Session(engine) as session:
        ann = Customer(name="ann")
        ann.orders = [Order(shop="a", number=1, amount=10), Order(shop="b", number=2, amount=20.5)]
        session.add_all([ann, Customer(name="bob", city="Kiel")])
        session.commit()  # commit 1
        same((ann.id, ann.city), (1, "Ulm"))
        session.get(Order, ("a", 1)).amount = 11
        session.commit()  # commit 2
        session.execute(insert(Customer).values(name="bob", city="Bonn").on_conflict_do_update(
            index_elements=["name"], set_={"city": "Bonn"}))
        session.commit()  # commit 3
        same(session.execute(select(Customer.city).filter_by(name="bob")).scalar(), "Bonn")
        try:
            with session.begin_nested():
                session.add(Customer(name="ann"))
        except IntegrityError as error:
            assert "UNIQUE constraint failed: customers.name" in str(error), error
        else:
            assert False, "a second ann"
        try:
            session.execute(text("INSERT INTO orders VALUES ('c', 3, 99, 1)"))
            session.commit()
            assert False, "an order of nobody"
        except IntegrityError:
            session.rollback()
        same(session.execute(text("UPDATE orders SET amount = 12 WHERE number = 1 RETURNING shop, amount")).all(), [("a", 12.0)])
        session.commit()  # commit 4


def read_the_past(engine):
    with Session(engine) as session:
        past = select(Order).suffix_with("AS OF 1").order_by(Order.number).execution_options(populate_existing=True)
        same([order.amount for order in session.scalars(past)], [10.0, 20.5])
        joined = select(Customer).options(joinedload(Customer.orders)).suffix_with("AS OF 2").order_by(Customer.id)
        read = session.scalars(joined.execution_options(populate_existing=True)).unique().all()
        same([(each.name, each.city, len(each.orders)) for each in read], [("ann", "Ulm", 2), ("bob", "Kiel", 0)])


def reflect(engine):
    inspector = sa.inspect(engine)
    same([name for name in inspector.get_table_names() if not name.startswith("_spectradb")], ["customers", "orders"])
    same(inspector.get_pk_constraint("orders")["constrained_columns"], ["shop", "number"])
    same(inspector.get_pk_constraint("customers")["constrained_columns"], ["id"])
    key, = inspector.get_foreign_keys("orders")
    same((key["constrained_columns"], key["referred_table"], key["referred_columns"], key["options"]),
         (["customer_id"], "customers", ["id"], {"ondelete": "CASCADE"}))
    same([(index["name"], index["column_names"], index["unique"]) for index in inspector.get_indexes("orders")],
         [("orders_by_amount", ["amount"], 0)])
    same([(each["name"], each["column_names"]) for each in inspector.get_unique_constraints("orders")],
         [("one_amount", ["customer_id", "amount"])])
    same([each["column_names"] for each in inspector.get_unique_constraints("customers")], [["name"]])
    same([each["sqltext"] for each in inspector.get_check_constraints("orders")], ["amount >= 0"])
    # When it is asked for the key, an inspector sorts the columns that it remembers.
    columns = {column["name"]: column for column in sa.inspect(engine).get_columns("customers")}
    same(list(columns), ["id", "name", "city"])
    same((columns["name"]["nullable"], columns["city"]["default"], str(columns["name"]["type"])), (False, "'Ulm'", "VARCHAR(50)"))
    table = sa.Table("orders", sa.MetaData(), autoload_with=engine)
    same([column.name for column in table.primary_key], ["shop", "number"])
    Mapped = automap_base()
    Mapped.prepare(autoload_with=engine)
    with Session(engine) as session:
        order = session.get(Mapped.classes.orders, ("a", 1))
        same((order.amount, order.customers.name), (12.0, "ann"))


def migrate(engine):
    # A copy is not checked while it is made, as with ordinary tables.
    event.listen(engine, "connect", lambda connection, record: connection.execute("PRAGMA foreign_keys = OFF"))
    with engine.begin() as connection:
        alembic = Operations(MigrationContext.configure(connection))
        alembic.add_column("customers", sa.Column("note", sa.String, server_default="n"))
    with engine.begin() as connection:  # makes a copy; no table refers to this one
        alembic = Operations(MigrationContext.configure(connection))
        with alembic.batch_alter_table("orders", recreate="always") as batch:
            batch.alter_column("amount", new_column_name="total", type_=sa.Numeric(10, 2))
            batch.add_column(sa.Column("paid", sa.Boolean, server_default="0"))
    with engine.begin() as connection:
        alembic = Operations(MigrationContext.configure(connection))
        with alembic.batch_alter_table("orders") as batch:
            batch.drop_column("paid")
        alembic.drop_column("customers", "note")
    with engine.connect() as connection:
        rows = lambda sql: [tuple(row) for row in connection.execute(text(sql))]
        same(rows("SELECT name FROM spectradb_tables ORDER BY 1"), [("customers",), ("orders",)])
        same(rows("SELECT * FROM orders ORDER BY number"), [("a", 1, 1, 12), ("b", 2, 1, 20.5)])
        same(rows("SELECT number, total FROM orders AS OF 1 ORDER BY number"), [(1, 10), (2, 20.5)])
        same(rows("SELECT commit_no, operation FROM spectradb_history('orders') WHERE json_extract(key, '$[1]') = 1 ORDER BY 1 LIMIT 3"),
             [(1, "insert"), (2, "update"), (4, "update")])
        same(rows("SELECT * FROM customers ORDER BY id"), [(1, "ann", "Ulm"), (2, "bob", "Bonn")])
    inspector = sa.inspect(engine)
    same([column["name"] for column in inspector.get_columns("orders")], ["shop", "number", "customer_id", "total"])
    inspector = sa.inspect(engine)
    same(inspector.get_pk_constraint("orders")["constrained_columns"], ["shop", "number"])
    same(inspector.get_foreign_keys("orders")[0]["options"], {"ondelete": "CASCADE"})
    same([index["name"] for index in inspector.get_indexes("orders")], ["orders_by_amount"])


def delete(engine):
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM customers WHERE name = 'ann'"))
    with engine.connect() as connection:
        same(connection.execute(text("SELECT count(*) FROM orders")).scalar(), 0)
        same(connection.execute(text("SELECT count(*) FROM orders AS OF 4")).scalar(), 2)
        same(connection.execute(text("SELECT spectradb_check()")).scalar(), "ok")


with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "my.db")
    use(open_engine(path))
    for step in (read_the_past, reflect, migrate, delete):
        engine = open_engine(path)
        step(engine)
        engine.dispose()
print("SQLAlchemy and Alembic: models, migrations, reflection and AS OF, with history intact")
