"""Django (3.2 or later) on temporal tables: ENGINE = "spectradb.django".

    class Price(TemporalModel):
        sku = models.CharField(max_length=20, unique=True)

    Price.objects.as_of(3)                 # as known after commit 3, through all that the query joins
    Price.objects.valid_at("2026-06-15")   # as true at that time
    Price.history.filter(sku="a")          # every version, with system_from, system_to, valid_from and valid_to

TemporalModel is in spectradb.django.models.
"""
