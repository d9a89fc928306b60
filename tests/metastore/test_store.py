"""Opening a metastore: its URL, its file, its schema, and a database that is not there."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from roarbase.errors import InvalidSetting, OperatorError, Unavailable
from roarbase.metastore.connections import Database
from roarbase.metastore.migrate import alembic_config, migrate
from roarbase.metastore.schema import REVISIONS, metadata
from roarbase.metastore.store import Metastore, sqlite_url
from tests.metastore.nouns import NOON
from tests.support.postgres import running_cluster


def _fail(_: str) -> None:
    raise AssertionError("nothing is to be migrated")


def _make_first(url: str) -> None:
    """Make the schema of the first revision."""
    database = Database(url)
    with database.writing() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    database.close()


def _described(url: str) -> dict[str, object]:
    """What a database says of its tables."""
    database = Database(url)
    with database.reading() as connection:
        looked = inspect(connection)
        found: dict[str, object] = {}
        for table in looked.get_table_names():
            columns = {each["name"]: {**each, "type": str(each["type"])} for each in looked.get_columns(table)}
            others = (looked.get_indexes, looked.get_foreign_keys, looked.get_unique_constraints)
            lists = [sorted(map(repr, ask(table))) for ask in others]
            key = looked.get_pk_constraint(table)["constrained_columns"]
            found[table] = (columns, lists, key, looked.get_check_constraints(table))
    database.close()
    return found


class TestUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "nonsense",
            "sqlite://",
            "sqlite:///",
            "sqlite:///:memory:",
            "mysql://root:hunter2@localhost/x",
            "postgresql+asyncpg://root:hunter2@localhost/x",
            "postgresql://root:hunter2@localhost:port/x",
            "/tmp/hunter2.sqlite",
        ],
    )
    def test_refused(self, url: str) -> None:
        """What names no database that we know is refused, without repeating the password in it."""
        with pytest.raises(InvalidSetting) as refused:
            Metastore(url)
        assert "metastore_url" in refused.value.message
        assert "hunter2" not in refused.value.message

    @pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
    def test_postgresql_in_its_spellings(self, scheme: str) -> None:
        """Every usual spelling of PostgreSQL means the one driver there is."""
        database = Database(f"{scheme}://ada:hunter2@db.example.com/roarbase")
        assert database.engine.dialect.driver == "psycopg"
        assert database.place == "roarbase on db.example.com"

    @pytest.mark.parametrize("name", ["a b", "what?", "100%41", "#1", "ünï", "a'b\"c"])
    def test_any_directory(self, tmp_path: Path, name: str) -> None:
        """The data directory may be called anything."""
        Metastore.open(sqlite_url(tmp_path / name), migrate).close()
        assert (tmp_path / name / "metastore.sqlite").stat().st_size > 0
        assert [p.name for p in tmp_path.iterdir()] == [name]


class TestSqliteFile:
    def test_nobody_else_reads_it(self, tmp_path: Path) -> None:
        """The database and the files beside it are the owner's alone."""
        metastore = Metastore.open(sqlite_url(tmp_path / "new"), migrate)
        metastore.organizations.get_or_add("acme", at=NOON)
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "new").iterdir()}
        metastore.close()
        assert modes == dict.fromkeys(["metastore.sqlite", "metastore.sqlite-shm", "metastore.sqlite-wal"], 0o600)
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700

    def test_it_keeps_what_it_says(self, tmp_path: Path) -> None:
        """Every connection writes ahead, syncs each commit, waits for others and keeps references."""
        database = Database(sqlite_url(tmp_path))
        with database.reading() as one, database.reading() as two:
            for connection in (one, two):
                names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
                values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]
                assert values == ["wal", 2, 1, 10_000]
        database.close()

    def test_readers_do_not_wait_for_a_writer(self, tmp_path: Path) -> None:
        """While one writes, others read what was there before."""
        url = sqlite_url(tmp_path)
        metastore, other = Metastore.open(url, migrate), Database(url)
        with other.writing() as connection:
            connection.execute(text("INSERT INTO organizations VALUES ('1', 'acme', '2022-06-01 12:00:00')"))
            assert metastore.organizations.find() == []
        assert [o.name for o in metastore.organizations.find()] == ["acme"]
        metastore.close()
        other.close()

    @pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
    def test_another_file(self, tmp_path: Path, content: bytes) -> None:
        """A file that is no database is refused by its name and left as it is."""
        file = tmp_path / "metastore.sqlite"
        file.write_bytes(content)
        with pytest.raises(OperatorError, match="/metastore"):
            Metastore.open(sqlite_url(tmp_path), migrate)
        assert file.read_bytes() == content

    def test_no_such_place(self, tmp_path: Path) -> None:
        """A directory that cannot be is refused with the reason."""
        (tmp_path / "file").touch()
        with pytest.raises(InvalidSetting, match="cannot be opened"):
            Metastore(sqlite_url(tmp_path / "file"))


class TestSchema:
    def test_opening_makes_the_schema_once(self, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """A new database gets its schema, a current one is opened, both without loading migrations."""
        for url in (sqlite_url(tmp_path), request.getfixturevalue("postgres_url")):
            for _ in range(2):
                metastore = Metastore.open(url, _fail)
                assert metastore.is_current()
                metastore.close()

    def test_a_made_schema_is_that_of_the_migrations(self, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """Both ways lead to the same tables, down to defaults, indexes and constraints."""
        for made, migrated in (
            (sqlite_url(tmp_path / "made"), sqlite_url(tmp_path / "migrated")),
            (request.getfixturevalue("postgres_url"), request.getfixturevalue("migrated_postgres")),
        ):
            Metastore.open(made, _fail).close()
            migrate(migrated)
            assert _described(made) == _described(migrated)

    def test_what_migrations_left_is_theirs(self, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """A database whose revisions were all taken back is migrated anew."""
        for url in (sqlite_url(tmp_path), request.getfixturevalue("postgres_url")):
            database = Database(url)
            with database.writing() as connection:
                connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            database.close()
            metastore = Metastore.open(url, migrate)
            assert metastore.is_current()
            metastore.close()

    def test_an_older_service_may_be_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where another service makes an older schema between two looks, it is brought up to date."""
        url = sqlite_url(tmp_path)
        looks = iter([lambda: None])
        look = Metastore._known_revision

        def look_too_early(metastore: Metastore) -> str | None:
            if next(looks, None) is None:
                return look(metastore)
            _make_first(url)
            return None

        monkeypatch.setattr(Metastore, "_known_revision", look_too_early)
        metastore = Metastore.open(url, migrate)
        assert metastore.is_current()
        metastore.close()

    def test_a_database_that_is_for_reading_only(self, postgres_url: str) -> None:
        """The operator is told why nothing can be made."""
        database = Database(postgres_url)
        with database.writing() as connection:
            name = connection.scalar(text("SELECT current_database()"))
            connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        database.close()
        with pytest.raises(OperatorError, match=r"could not be made: .*read-only"):
            Metastore.open(postgres_url, _fail)

    def test_another_database_is_left_alone(self, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """Where a table of ours is already, of whomever, nothing is made beside it."""
        for url in (sqlite_url(tmp_path), request.getfixturevalue("postgres_url")):
            database = Database(url)
            with database.writing() as connection:
                connection.execute(text("CREATE TABLE sinks (id TEXT)"))
            with pytest.raises(OperatorError, match="tables of another program: sinks"):
                Metastore.open(url, _fail)
            with database.reading() as connection:
                assert inspect(connection).get_table_names() == ["sinks"]
            database.close()

    def test_migrations_lead_to_the_schema(self, metastore_url: str) -> None:
        """The migrated database is what schema.py says: nothing more, nothing less."""
        database = Database(metastore_url)
        with database.reading() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), metadata)
        database.close()
        assert differences == []

    def test_revisions_are_the_migrations(self) -> None:
        """schema.py lists every migration, in order."""
        scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
        assert tuple(reversed([script.revision for script in scripts])) == REVISIONS

    def test_migrating_again_changes_nothing(self, metastore_url: str) -> None:
        """Bringing a current schema up to date leaves what is in it."""
        metastore = Metastore(metastore_url)
        metastore.organizations.get_or_add("acme", at=NOON)
        migrate(metastore_url)
        assert [o.name for o in metastore.organizations.find()] == ["acme"]
        metastore.close()

    def test_what_earlier_revisions_hold_is_kept(self, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """A metastore of the first revision is brought up to date with the words about its tables."""
        for url in (sqlite_url(tmp_path), request.getfixturevalue("postgres_url")):
            _make_first(url)
            database = Database(url)
            with database.writing() as connection:
                at = "'2022-06-01 12:00:00'"
                connection.execute(text(f"INSERT INTO organizations VALUES ('o', 'acme', {at})"))
                deployment = f"'d', 'o', 'iris', '8GB', 'RUNNING', 'ada', {at}, {at}, ''"
                connection.execute(text(f"INSERT INTO deployments VALUES ({deployment})"))
                connection.execute(text(f"INSERT INTO tables VALUES ('t', 'd', 'iris', 'flowers', 'ada', {at}, {at})"))
            database.close()
            metastore = Metastore.open(url, migrate)
            assert [(t.id, t.description) for t in metastore.tables.find("d")] == [("t", "flowers")]
            assert metastore.is_current()
            metastore.close()

    def test_a_newer_schema_is_refused(self, metastore_url: str) -> None:
        """A metastore that a later version has changed is refused, not touched."""
        database = Database(metastore_url)
        with database.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        database.close()
        with pytest.raises(OperatorError, match="'9999' of a newer Roarbase"):
            Metastore.open(metastore_url, migrate)

    def test_a_failed_migration_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A migration that ends early is undone as a whole, and can be run again."""
        url = sqlite_url(tmp_path)
        _make_first(url)

        def upgrade_by_half(config: Config, _revision: str) -> None:
            config.attributes["connection"].exec_driver_sql("DROP TABLE organizations")
            raise RuntimeError("the power is out")

        with monkeypatch.context() as patch:
            patch.setattr(command, "upgrade", upgrade_by_half)
            with pytest.raises(RuntimeError):
                Metastore.open(url, migrate)
        metastore = Metastore.open(url, migrate)
        assert metastore.is_current()
        metastore.close()

    def test_two_services_start_at_once(self, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """Processes that all find an empty database make its schema once, and all succeed."""
        script = (
            "import sys; from roarbase.metastore.store import Metastore\n"
            "from roarbase.metastore.migrate import migrate\n"
            "assert Metastore.open(sys.argv[1], migrate).is_current()"
        )
        for url in (sqlite_url(tmp_path), request.getfixturevalue("postgres_url")):
            commands = [[sys.executable, "-c", script, url]] * 3
            processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for command in commands]
            assert [(process.communicate()[1], process.returncode) for process in processes] == [("", 0)] * 3


class TestOutage:
    def test_nobody_listens(self) -> None:
        """At the start, a database that cannot be reached is named, without its password."""
        with pytest.raises(OperatorError, match="roarbase on 127") as refused:
            Metastore.open("postgresql://ada:hunter2@127.0.0.1:1/roarbase", migrate)
        assert "hunter2" not in refused.value.message

    def test_the_database_goes(self, require_postgres_binaries: Path) -> None:
        """While the database is away calls fail as Unavailable; the metastore itself stays usable."""
        with running_cluster(require_postgres_binaries) as cluster:
            url = cluster.create_database()
            metastore = Metastore.open(url, migrate)
            metastore.organizations.get_or_add("acme", at=NOON)
        with pytest.raises(Unavailable):
            metastore.organizations.find()
        with pytest.raises(Unavailable):
            metastore.organizations.get_or_add("other", at=NOON)
        metastore.close()
