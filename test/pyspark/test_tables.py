import random

import pytest

from medallion.sources import Source, SourceError
from medallion.tables import BUCKET, ranges


def test_ranges_cover_all_buckets_and_leave_the_widest_gaps():
    assert ranges([]) == []
    assert ranges([3]) == [(3 * BUCKET, 4 * BUCKET - 1)]
    assert ranges([0, 1, 2]) == [(0, 3 * BUCKET - 1)]
    assert ranges([0, 5, 100], at_most=2) == [(0, 6 * BUCKET - 1), (100 * BUCKET, 101 * BUCKET - 1)]
    draw = random.Random(1)
    for _ in range(200):
        buckets = [draw.randrange(-50, 500) for _ in range(draw.randrange(1, 60))]
        spans = ranges(buckets, at_most=draw.randrange(1, 8))
        assert all(any(low <= b * BUCKET and (b + 1) * BUCKET - 1 <= high for low, high in spans) for b in buckets)
        assert all(a[1] < b[0] for a, b in zip(spans, spans[1:], strict=False))


def test_a_source_has_defaults_and_settings_of_its_own(tmp_path):
    (tmp_path / "postgres_spark_password").write_text("secret\n")
    shop = Source.named("shop", {"POSTGRES_HOST": "db", "SECRETS_DIR": str(tmp_path), "SOURCE_SHOP_PORT": "6543"})
    assert (shop.url, shop.user) == ("jdbc:postgresql://db:6543/shop", "shop_spark")
    assert shop.options()["password"] == "secret"
    assert "secret" not in repr(shop)
    with pytest.raises(SourceError, match="SECRETS_DIR"):
        Source.named("shop", {"SECRETS_DIR": "/nowhere"}).options()
