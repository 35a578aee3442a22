"""A database's URL holds no secret, however it is written, and none is repeated."""

import pytest

from shs_adapter.config import Database

PG = "postgresql+asyncpg://"
SECRET = "hemligt"
KEYS = (
    *("password", "passwd", "sslpassword", "PASSWORD", "PassWd", "SSLPassword", "p%61ssword", "%70asswd"),
    *(
        "p%2561sswd",
        "ssl_password",
        "ssl-password",
        "pass",
        "pwd",
        "passphrase",
        "secret",
        "api_token",
        "key",
    ),
    *("%20password", "password%00", "credentials"),
)


@pytest.mark.parametrize(
    "url",
    [
        *(f"{PG}shs@db/shs?{key}={SECRET}" for key in KEYS),
        *(f"{PG}shs@db/shs?sslmode=require&{key}={SECRET}" for key in KEYS),
        f"{PG}shs@db/shs?sslmode=require;passwd={SECRET}",
        f"{PG}shs@db/shs?passwd=&password={SECRET}",
        f"{PG}shs@db/shs?passwd",
        f"{PG}shs@db/shs#password={SECRET}",
        f"{PG}shs@db/shs?options=-c%20my.password%3D{SECRET}",
        f"{PG}shs@db/shs?sslmode=require?password={SECRET}",
        f"{PG}shs:{SECRET}@db/shs",
        f"{PG}shs%3A{SECRET}@db/shs",
        f"{PG}shs:{SECRET}@db1,shs:{SECRET}@db2/shs",
        f"{PG}shs:{SECRET}#x@db/shs",
        f"{PG}shs:{SECRET}/x@db/shs",
        f"{PG}shs:{SECRET}?x@db/shs",
        f"{PG}shs:{SECRET}/shs",
        f"{PG}:{SECRET}@/shs",
        f"sqlite:///adapter.db?password={SECRET}",
        f"sqlite:///adapter.db?key={SECRET}",
    ],
)
def test_a_secret_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="url must") as refused:
        Database(url=url)

    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("key", ["passwd", "password", "sslpassword"])
def test_the_key_is_named_with_what_to_use_instead(key: str) -> None:
    with pytest.raises(ValueError, match=f"`{key}`") as refused:
        Database(url=f"{PG}shs@db/shs?{key}={SECRET}")

    assert ("password_file" in str(refused.value)) == (key != "sslpassword")
    assert ("passphrase" in str(refused.value)) == (key == "sslpassword")


@pytest.mark.parametrize(
    "url",
    [
        f"{PG}shs@db1:5432,db2:5433/shs?target_session_attrs=primary&sslmode=verify-full&sslrootcert=/ca.pem",
        f"{PG}shs@[::1]:5432/shs?passfile=/etc/shs/pgpass&sslcert=/c.pem&sslkey=/k.pem",
        f"{PG}/shs?host=/run/postgresql&user=shs",
        f"{PG}shs@db/shs?service=shs&application_name=x&options=-c%20jit%3Doff",
        f"{PG}shs%40example@db/shs",
        "sqlite:////srv/R&D/keys#1/adapter.db",
    ],
)
def test_what_holds_none_is_taken(url: str) -> None:
    assert Database(url=url).url == url
