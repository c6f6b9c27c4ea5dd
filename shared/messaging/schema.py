"""The schema of a service's store: where it stands, and bringing it to where the code wants it."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return config


def wanted(migrations: Path) -> str:
    """The revision that the code was written for."""
    head = ScriptDirectory.from_config(_config(migrations)).get_current_head()
    if head is None:
        raise LookupError(f"no migrations in {migrations}")
    return head


def standing(engine: sa.Engine) -> str | None:
    """The revision that the database is at; None if it was never migrated."""
    with engine.connect().execution_options(reading=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def difference(engine: sa.Engine, migrations: Path) -> str:
    """Why code and schema do not fit, as a sentence that says what to do; empty if they do."""
    current, head = standing(engine), wanted(migrations)
    if current == head:
        return ""
    known = {script.revision for script in ScriptDirectory.from_config(_config(migrations)).walk_revisions()}
    if current is None or current in known:
        return f"the schema is behind the code (at {current or 'nothing'}, wanted {head}): run `qihang migrate`"
    return f"the schema is ahead of the code (at {current}, code knows {head}): run a newer version of the service"


def migrate(engine: sa.Engine, migrations: Path, revision: str = "head") -> None:
    """Bring the database to a revision, in one transaction."""
    config = _config(migrations)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def run_environment() -> None:
    """What each service's `env.py` does: run the migrations on the connection that was handed over."""
    context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
