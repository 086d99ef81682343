"""Where REDIS_URL points."""

import pytest

from apps.common.redis.address import Address, RedisUrl


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://cache.example:6380/3", Address(host="cache.example", port=6380, db=3)),
        ("redis://cache.example", Address(host="cache.example", port=6379)),
        ("redis://[::1]:6380", Address(host="::1", port=6380)),
        ("redis://:p%40ss@h:1/0", Address(host="h", port=1, password="p@ss")),
        ("redis://seller:secret@h:1?db=2", Address(host="h", port=1, db=2, username="seller", password="secret")),
        ("unix:///run/redis.sock?db=4", Address(path="/run/redis.sock", db=4)),
        ("unix://:secret@/run/redis.sock", Address(path="/run/redis.sock", password="secret")),
        ("rediss://h:1?ssl_ca_certs=/ca.pem", Address(host="h", port=1, tls=True, ca_certificates="/ca.pem")),
    ],
)
def test_an_address_names_one_server(url: str, address: Address) -> None:
    assert RedisUrl.parse(url) == RedisUrl((address,))


def test_a_cluster_is_named_by_some_of_its_nodes() -> None:
    url = RedisUrl.parse("redis+cluster://:secret@a:7000,b:7001")

    assert url.cluster
    assert url.addresses == (
        Address(host="a", port=7000, password="secret"),
        Address(host="b", port=7001, password="secret"),
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://h:1",
        "redis://h:1/first",
        "redis://h:1?db=first",
        "redis://h:1?max_connections=5",
        "redis+cluster://a:7000,b:7001/1",
    ],
)
def test_an_address_that_would_be_half_understood_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        RedisUrl.parse(url)


def test_a_connection_logs_in_before_it_chooses_its_database() -> None:
    assert Address(password="secret", db=3).handshake() == [(b"AUTH", "default", "secret"), (b"SELECT", 3)]
    assert Address().handshake() == []
