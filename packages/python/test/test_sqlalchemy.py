"""The dialect of SQLAlchemy."""

import os
import tempfile
import unittest

from sqlalchemy import Column, Float, ForeignKey, Integer, MetaData, String, Table, create_engine, inspect, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session, declarative_base, joinedload, relationship

from spectradb.sqlalchemy import as_of, valid_at

Base = declarative_base()


class Shop(Base):
    __tablename__ = "shop"
    __table_args__ = {"spectradb_temporal": True}
    id = Column(Integer, primary_key=True)
    name = Column(String)
    prices = relationship("Price", back_populates="shop")


class Price(Base):
    __tablename__ = "price"
    __table_args__ = {"spectradb_temporal": True}
    id = Column(Integer, primary_key=True)
    sku = Column(String, unique=True, nullable=False)
    amount = Column(Float)
    shop_id = Column(Integer, ForeignKey("shop.id"))
    shop = relationship("Shop", back_populates="prices")


class Dialect(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        path = os.path.join(self.directory.name, "my.db")
        self.engine = create_engine(f"sqlite+spectradb:///{path}", future=True)
        Base.metadata.create_all(self.engine)
        with Session(self.engine, future=True) as session:
            session.add(Price(sku="a", amount=1, shop=Shop(name="corner")))
            session.commit()
            session.execute(text("UPDATE shop SET name = 'market'"))
            session.query(Price).filter_by(sku="a").one().amount = 2
            session.commit()

    def tearDown(self):
        self.engine.dispose()
        self.directory.cleanup()

    def versions(self):
        with self.engine.connect() as connection:
            return connection.execute(text("SELECT count(*) FROM spectradb_history('price')")).scalar()

    def test_queries_at_times(self):
        with Session(self.engine, future=True) as session:
            self.assertEqual(session.execute(as_of(select(Price.amount), 1)).scalar(), 1)
            self.assertEqual(session.execute(select(Price.amount)).scalar(), 2)
            joined = as_of(select(Price.amount, Shop.name).join(Shop).where(Price.sku == "a").order_by(Price.id).limit(3), 1)
            self.assertEqual(session.execute(joined).all(), [(1.0, "corner")])
            loaded = session.execute(as_of(select(Price).options(joinedload(Price.shop)), 1)).unique().scalars().all()
            self.assertEqual([(price.amount, price.shop.name) for price in loaded], [(1.0, "corner")])
            self.assertEqual(session.execute(valid_at(as_of(select(Price.amount), 1), "2020-01-01")).scalar(), 1)

    def test_upsert_and_returning(self):
        table = Price.__table__
        statement = insert(table).values(sku="a", amount=5)
        statement = statement.on_conflict_do_update(index_elements=["sku"], set_={"amount": statement.excluded.amount})
        with self.engine.begin() as connection:
            connection.execute(statement)
            self.assertEqual(connection.execute(text("UPDATE price SET amount = 6 RETURNING amount")).scalar(), 6)

    def test_savepoints(self):
        with Session(self.engine, future=True) as session:
            session.add(Price(sku="b", amount=1))
            session.flush()
            with self.assertRaises(Exception), session.begin_nested():
                session.add(Price(sku="a", amount=1))
                session.flush()
            session.commit()
            self.assertEqual(session.query(Price).count(), 2)

    def test_names(self):
        self.assertEqual(sorted(inspect(self.engine).get_table_names()), ["price", "shop"])

    def test_what_is_reflected_is_made_elsewhere(self):
        metadata = MetaData()
        Table("plain", MetaData(), Column("id", Integer, primary_key=True)).create(self.engine)
        metadata.reflect(self.engine)
        price = metadata.tables["price"]
        self.assertEqual([column.name for column in price.primary_key], ["id"])
        self.assertEqual([key.target_fullname for key in price.foreign_keys], ["shop.id"])
        other = create_engine("sqlite+spectradb://", future=True)
        metadata.create_all(other)
        with other.connect() as connection:
            sql = "SELECT name, sql LIKE '%USING spectradb%' FROM sqlite_schema WHERE name IN ('plain', 'price', 'shop') ORDER BY name"
            self.assertEqual(connection.execute(text(sql)).all(), [("plain", 0), ("price", 1), ("shop", 1)])
        other.dispose()

    def test_ordinary_tables_are_left_alone(self):
        metadata = MetaData()
        plain = Table("plain", metadata, Column("id", Integer, primary_key=True), sqlite_autoincrement=True)
        metadata.create_all(self.engine)
        with self.engine.connect() as connection:
            sql = connection.execute(text("SELECT sql FROM sqlite_schema WHERE name = 'plain'")).scalar()
        self.assertNotIn("spectradb", sql)
        self.assertIn("AUTOINCREMENT", sql)
        self.assertIsNotNone(plain)

    def test_a_batch_change_keeps_history(self):
        # Alembic's batch mode runs these statements.
        before = self.versions()
        with self.engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE _alembic_tmp_price (id INTEGER NOT NULL, sku VARCHAR(50) NOT NULL, amount FLOAT DEFAULT 0, shop_id INTEGER, "
                "PRIMARY KEY (id), UNIQUE (sku), FOREIGN KEY(shop_id) REFERENCES shop (id))"
            )
            connection.exec_driver_sql(
                "INSERT INTO _alembic_tmp_price (id, sku, amount, shop_id) SELECT price.id, price.sku, price.amount, "
                "price.shop_id FROM price"
            )
            connection.exec_driver_sql("DROP TABLE price")
            connection.exec_driver_sql("ALTER TABLE _alembic_tmp_price RENAME TO price")
        self.assertEqual(self.versions(), before)
        with Session(self.engine, future=True) as session:
            self.assertEqual(session.execute(as_of(select(Price.amount), 1)).scalar(), 1)

    def test_drop_all(self):
        Base.metadata.drop_all(self.engine)
        self.assertEqual(inspect(self.engine).get_table_names(), [])


if __name__ == "__main__":
    unittest.main()
