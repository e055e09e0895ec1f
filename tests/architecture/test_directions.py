"""Who may import what: the packages' directions, and the one door to each large library."""

from pathlib import PurePath

from importlinter import cli as importlinter
from sourcecode import ROOT, Module, modules

SQL_IS_WRITTEN_IN = (
    "controlplane/database.py",
    "controlplane/migrations/",
    "observability/projection/chunk.py",
)
WEB_IS_SPOKEN_IN = ("controlplane/api/", "controlplane/identity/", "controlplane/app.py")
HANDED_ON = {"sqlalchemy.Connection", "sqlalchemy.Engine"}  # what stores take, passed by name
REPLAY_COMPARES_TABLES = {"sqlalchemy.MetaData", "sqlalchemy.Table", "sqlalchemy.select"}


def test_the_packages_import_each_other_in_one_direction_only(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert importlinter.lint_imports(no_cache=True) == importlinter.EXIT_STATUS_SUCCESS


def test_one_module_knows_the_rule_engine():
    knowing = [one.name for one in modules() if one.imports_from("durable_rules_engine")]
    knowing += [one.name for one in modules() if one.imports_from("durable")]
    assert knowing == ["rules/engine/handle.py"]


def test_sql_is_written_in_tables_and_stores():
    strangers = {
        one.name: sorted(wanted)
        for one in modules()
        if not _writes_sql(one) and (wanted := one.imports_from("sqlalchemy") - _allowed(one))
    }
    assert strangers == {}


def test_only_the_web_layer_knows_the_web_framework():
    strangers = [
        one.name
        for one in modules()
        if one.imports_from("litestar") and not one.name.startswith(WEB_IS_SPOKEN_IN)
    ]
    assert strangers == []


def test_only_the_app_knows_its_toolkit():
    strangers = [
        one.name
        for one in modules("controlplane", "rules", "governance", "observability")
        if one.imports_from("streamlit") or one.imports_from("plotly")
    ]
    assert strangers == []


def test_rules_reach_no_database_no_network_and_no_clock():
    forbidden = {"sqlalchemy", "litestar", "httpx", "socket", "urllib", "sqlite3", "psycopg"}
    reached = {
        one.name: found
        for one in modules("rules")
        if (found := {module.partition(".")[0] for module, _ in one.imports()} & forbidden)
    }
    assert reached == {}


def _writes_sql(module: Module) -> bool:
    name = PurePath(module.name).name
    return (
        name == "tables.py"
        or name.endswith("stores.py")
        or module.name.startswith(SQL_IS_WRITTEN_IN)
    )


def _allowed(module: Module) -> set[str]:
    if module.name == "controlplane/replay.py":
        return HANDED_ON | REPLAY_COMPARES_TABLES
    return HANDED_ON
