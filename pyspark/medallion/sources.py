"""PostgreSQL databases that a pipeline reads, by name."""

import os
from dataclasses import dataclass


class SourceError(Exception):
    """The source cannot be read as it is; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """One database. The password stays in its file until a connection is made."""

    name: str
    host: str
    port: int
    database: str
    user: str
    password_file: str

    @staticmethod
    def named(name, environment=None):
        """The source `name`: SOURCE_<NAME>_HOST, _PORT, _DATABASE, _USER and _PASSWORD_FILE, each with a default.

        The defaults are the stack's own server (POSTGRES_HOST, POSTGRES_PORT), a database of that name, the user
        `<name>_spark`, and the secret `postgres_spark_password` in SECRETS_DIR.
        """
        env = os.environ if environment is None else environment
        prefix = f"SOURCE_{name.upper()}_"
        return Source(
            name=name,
            host=env.get(prefix + "HOST") or env.get("POSTGRES_HOST") or "127.0.0.1",
            port=int(env.get(prefix + "PORT") or env.get("POSTGRES_PORT") or 5432),
            database=env.get(prefix + "DATABASE") or name,
            user=env.get(prefix + "USER") or f"{name}_spark",
            password_file=env.get(prefix + "PASSWORD_FILE")
            or os.path.join(env.get("SECRETS_DIR") or "/run/secrets", "postgres_spark_password"),
        )

    @property
    def url(self):
        return f"jdbc:postgresql://{self.host}:{self.port}/{self.database}"

    def _password(self):
        try:
            with open(self.password_file, encoding="utf-8") as file:
                return file.read().strip()
        except OSError as error:
            raise SourceError(
                f"The password of the source {self.name} is not readable at {self.password_file} ({error.strerror}). "
                "Is SECRETS_DIR set?"
            ) from error

    def options(self):
        """Spark's JDBC options. `fetchsize` keeps an executor's memory flat whatever the table's size."""
        return {
            "url": self.url,
            "user": self.user,
            "password": self._password(),
            "driver": "org.postgresql.Driver",
            "fetchsize": "10000",
            # Zone-free timestamps stay as written, whatever zone a JVM runs in.
            "preferTimestampNTZ": "true",
        }

    def query(self, spark, *statements):
        """Runs SELECTs on one connection in the driver; for each, its rows as lists of str or None."""
        jvm = spark._jvm
        properties = jvm.java.util.Properties()
        for key, value in {
            "user": self.user,
            "password": self._password(),
            "readOnly": "true",
            "connectTimeout": "15",
            "ApplicationName": "medallion",
        }.items():
            properties.setProperty(key, value)
        connection = jvm.org.postgresql.Driver().connect(self.url, properties)
        try:
            return [_rows(connection, statement) for statement in statements]
        finally:
            connection.close()


def _rows(connection, statement):
    result = connection.createStatement().executeQuery(statement)
    width = result.getMetaData().getColumnCount()
    rows = []
    while result.next():
        rows.append([result.getString(i + 1) for i in range(width)])
    return rows
