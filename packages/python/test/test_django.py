"""The backend of Django, with migrations made by Django itself."""

import os
import sys
import tempfile
import unittest

directory = tempfile.TemporaryDirectory()
sys.path.insert(0, directory.name)
application = os.path.join(directory.name, "shop")
os.makedirs(application)
open(os.path.join(application, "__init__.py"), "w").close()
MODELS = """
from django.db import models
from spectradb.django.models import TemporalModel

class Shop(TemporalModel):
    name = models.CharField(max_length=20)

class Price(TemporalModel):
    sku = models.CharField(max_length=20, unique=True)
    amount = models.FloatField(null=True)
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="prices")
    tags = models.ManyToManyField("Tag")

    class Meta:
        constraints = [models.CheckConstraint(check=models.Q(amount__gte=0), name="not_negative")]

class Tag(models.Model):
    name = models.TextField()

class Plain(models.Model):
    note = models.TextField()
"""
with open(os.path.join(application, "models.py"), "w") as file:
    file.write(MODELS)

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.configure(
    DATABASES={"default": {"ENGINE": "spectradb.django", "NAME": os.path.join(directory.name, "my.db")}},
    INSTALLED_APPS=["shop"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
)
django.setup()

from django.core.exceptions import FieldError  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, migrations, models, transaction  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.db.models import Count, F, Q, Sum  # noqa: E402


class Backend(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        call_command("makemigrations", "shop", verbosity=0)
        call_command("migrate", verbosity=0)
        from shop.models import Plain, Price, Shop, Tag

        cls.Plain, cls.Price, cls.Shop, cls.Tag = Plain, Price, Shop, Tag
        with transaction.atomic():
            shop = Shop.objects.create(name="corner")
            Price.objects.create(sku="a", amount=1, shop=shop)
        with transaction.atomic():
            Shop.objects.update(name="market")
            Price.objects.filter(sku="a").update(amount=F("amount") + 1)
        cls.first = cls.commit() - 1
        Price.objects.get(sku="a").tags.add(Tag.objects.create(name="new"))

    @staticmethod
    def commit():
        with connection.cursor() as cursor:
            return cursor.execute("SELECT spectradb_commit()").fetchone()[0]

    @staticmethod
    def facts(until):
        with connection.cursor() as cursor:
            sql = "SELECT commit_no, operation, key, row ->> '$.amount' FROM spectradb_history('shop_price') WHERE commit_no <= %s"
            return cursor.execute(sql, [until]).fetchall()

    def test_1_temporal_and_ordinary_tables(self):
        with connection.cursor() as cursor:
            texts = dict(cursor.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall())
        self.assertIn("USING spectradb", texts["shop_price"])
        self.assertNotIn("spectradb", texts["shop_plain"])

    def test_2_reading_at_a_time(self):
        past = self.Price.objects.as_of(self.first)
        self.assertEqual([price.amount for price in past], [1])
        self.assertEqual(past.get(sku="a").amount, 1)
        self.assertEqual([price.shop.name for price in past.select_related("shop")], ["corner"])
        self.assertEqual(past.filter(shop__name="corner").count(), 1)
        self.assertEqual(past.filter(shop__name="market").exists(), False)
        self.assertEqual(past.aggregate(sum=Sum("amount")), {"sum": 1})
        self.assertEqual(past.order_by("sku").values_list("amount", "shop__name").first(), (1, "corner"))
        self.assertEqual(list(self.Shop.objects.as_of(self.first).annotate(n=Count("prices")).values_list("n", flat=True)), [1])
        self.assertEqual(past.filter(Q(sku="a") | Q(sku="b")).distinct()[:1][0].amount, 1)
        self.assertEqual(self.Price.objects.as_of(0).count(), 0)
        self.assertEqual(self.Price.objects.valid_at("2020-01-01").as_of(self.first).get().amount, 1)
        self.assertEqual(self.Price.objects.get(sku="a").amount, 2)
        with self.assertRaises(FieldError):
            past.update(amount=3)
        with self.assertRaises(FieldError):
            past.delete()

    def test_3_history(self):
        versions = self.Price.history.filter(sku="a").order_by("system_from")
        self.assertEqual([version.amount for version in versions], [1, 2])
        self.assertEqual([version.system_to is None for version in versions], [False, True])

    def test_4_writes(self):
        shop = self.Shop.objects.get()
        price, created = self.Price.objects.get_or_create(sku="b", defaults={"amount": 5, "shop": shop})
        self.assertTrue(created and price.pk)
        price, created = self.Price.objects.update_or_create(sku="b", defaults={"amount": 6})
        self.assertFalse(created)
        with self.assertRaises(django.db.IntegrityError), transaction.atomic():
            self.Price.objects.create(sku="b", amount=1, shop=shop)
        self.Price.objects.bulk_create([self.Price(sku="c", amount=1, shop=shop), self.Price(sku="d", amount=1, shop=shop)])
        self.Price.objects.filter(sku__in=["c", "d"]).delete()
        self.assertEqual(self.Price.objects.count(), 2)

    def test_5_a_migration_keeps_history(self):
        last = self.commit()
        before = self.facts(last)
        migration = migrations.Migration("0002_change", "shop")
        migration.operations = [
            migrations.AlterField("price", "amount", models.FloatField(default=0)),
            migrations.AddField("price", "currency", models.CharField(max_length=3, default="EUR")),
            migrations.RenameField("price", "sku", "item"),
            migrations.AlterUniqueTogether("price", {("item", "shop")}),
            migrations.AlterUniqueTogether("price", set()),
            migrations.RemoveConstraint("price", "not_negative"),
        ]
        state = MigrationExecutor(connection).loader.project_state()
        with connection.schema_editor() as editor:
            migration.apply(state, editor)
        # A commit of its own records what the migration fills in; everything recorded before stays.
        self.assertEqual(self.facts(last), before)
        self.assertLessEqual(self.commit(), last + 1)
        with connection.cursor() as cursor:
            past = cursor.execute("SELECT amount, currency FROM shop_price AS OF %s", [self.first]).fetchall()
            self.assertIn("USING spectradb", cursor.execute("SELECT sql FROM sqlite_schema WHERE name = 'shop_price'").fetchone()[0])
        self.assertEqual([float(amount) for amount, _ in past], [1])
        self.assertEqual(self.Tag.objects.filter(price__shop__name="market").count(), 1)

    def test_6_inspectdb_leaves_out_what_is_internal(self):
        self.assertEqual(
            sorted(name for name in connection.introspection.table_names() if not name.startswith("django_")),
            ["shop_plain", "shop_price", "shop_price_tags", "shop_shop", "shop_tag"],
        )


if __name__ == "__main__":
    unittest.main()
