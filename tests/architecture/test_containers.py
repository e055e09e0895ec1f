"""
The container files say what the program does.

They are parsed and held against the command line, the routes, the settings and the shipped pack.
"""

import re
import shlex
from typing import Any

import pytest
import yaml
from commandline import UsageError, parse
from sourcecode import ROOT

from controlplane.api.routes import ROUTES
from controlplane.settings import Settings, documented, read_settings

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, one in SERVICES.items() if one.get("image", "").startswith("controlplane:")]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COLLECTOR = yaml.safe_load((ROOT / "deploy" / "otel-collector.yaml").read_text())
CLIENT_VARIABLES = {
    "CONTROLPLANE_URL",
    "CONTROLPLANE_TOKEN",
}  # read by clients: CLI, app, collector
PACK_VARIABLES = {"CONTROLPLANE_HOOK_SECRET"}  # named by the shipped routes
COMPOSE_VARIABLES = {"CONTROLPLANE_POSTGRES_PASSWORD"}
UI_HEALTH = "/_stcore/health"


def environment(service: str) -> dict[str, str]:
    """Return the variables of *service*, `${NAME:-default}` standing as its default."""
    return {
        name: re.sub(r"\$\{[A-Z_]+(?::-(.*?)|:\?.*?)?\}", r"\1", str(value))
        for name, value in SERVICES[service].get("environment", {}).items()
    }


@pytest.mark.parametrize("service", OURS)
def test_a_container_runs_a_command_that_exists(service: str):
    assert parse(SERVICES[service]["command"]).command == SERVICES[service]["command"][0]


def test_the_image_runs_a_command_that_exists():
    assert re.search(r'^ENTRYPOINT \["controlplane"\]$', DOCKERFILE, re.MULTILINE)
    default = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert default
    assert parse(yaml.safe_load(default[1])).command == "serve"


def test_the_commands_in_the_comments_exist():
    said = re.findall(
        r"docker compose run [^`]*? api ([^`]+)`", (ROOT / "docker-compose.yml").read_text()
    )
    assert len(said) == 2
    for line in said:
        parse(shlex.split(line))


def test_an_unknown_flag_would_have_been_noticed():
    with pytest.raises(UsageError):
        parse(["serve", "--replicas", "3"])


@pytest.mark.parametrize("service", SERVICES)
def test_every_variable_of_ours_is_one_that_the_program_reads(service: str):
    known = {one.variable for one in documented()} | CLIENT_VARIABLES | PACK_VARIABLES
    named = {name for name in environment(service) if name.startswith("CONTROLPLANE_")}
    assert named - known == set()


def test_variables_that_the_host_gives_are_known():
    known = {one.variable for one in documented()} | CLIENT_VARIABLES | PACK_VARIABLES
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked - known == COMPOSE_VARIABLES


def test_the_settings_of_the_containers_can_be_read():
    settings = read_settings(environment("worker"))
    assert settings.database_url == "postgresql://controlplane:@postgres:5432/controlplane"
    assert settings.smtp_host in SERVICES
    assert settings.allowed_egress == ("127.0.0.1:9009",)


def test_the_api_is_published_where_it_listens():
    flags = parse(SERVICES["api"]["command"]).flags
    assert SERVICES["api"]["ports"] == [f"127.0.0.1:{flags['port']}:{flags['port']}"]
    assert flags["host"] == "0.0.0.0"  # noqa: S104 - inside its container
    assert flags["worker"] is False
    assert read_settings(environment("api")).url == f"http://localhost:{flags['port']}"


def test_the_app_is_published_where_it_listens_and_finds_the_api():
    flags = parse(SERVICES["ui"]["command"]).flags
    assert SERVICES["ui"]["ports"] == [f"127.0.0.1:{flags['ui_port']}:{flags['ui_port']}"]
    assert environment("ui")["CONTROLPLANE_URL"] == f"http://api:{_port('api')}"
    assert read_settings(environment("api")).app_url == f"http://localhost:{flags['ui_port']}"


def test_the_image_exposes_the_ports_of_the_settings():
    exposed = re.search(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE)
    assert exposed
    assert exposed[1].split() == [str(Settings().port), str(Settings().ui_port)]


def test_the_health_checks_ask_for_paths_that_answer():
    api, ui = (_asked(name) for name in ("api", "ui"))
    routes = {path for handlers, _ in ROUTES for one in handlers for path in one.paths}
    assert api == ("127.0.0.1", _port("api"), "/health/live")
    assert api[2] in routes
    assert ui == ("127.0.0.1", parse(SERVICES["ui"]["command"]).flags["ui_port"], UI_HEALTH)


def test_whoever_waits_waits_for_somebody_with_a_health_check():
    for name, one in SERVICES.items():
        for waited, condition in one.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}, name
            assert "healthcheck" in SERVICES[waited], waited


def test_the_database_is_kept_and_the_one_that_the_program_opens():
    given = SERVICES["postgres"]["environment"]
    url = SERVICES["api"]["environment"]["CONTROLPLANE_DATABASE_URL"]
    assert url.startswith(f"postgresql://{given['POSTGRES_USER']}:")
    assert url.endswith(f"@postgres:5432/{given['POSTGRES_DB']}")
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql/data"]
    assert set(COMPOSE["volumes"]) == {"postgres"}


def test_what_is_mounted_or_copied_is_there():
    for one in SERVICES.values():
        for volume in one.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).is_file()
    for source in re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE):
        assert (ROOT / source).exists(), source
    assert (ROOT / "requirements" / "main.lock").exists()


def test_the_image_installs_from_the_lock_without_a_look_elsewhere():
    assert "--require-hashes -r requirements/main.lock" in DOCKERFILE
    assert "--no-deps --no-build-isolation ." in DOCKERFILE
    python = re.findall(r"^FROM python:(3\.\d+)", DOCKERFILE, re.MULTILINE)
    assert python == ["3.12", "3.12"]


def test_the_image_does_not_run_as_root():
    last = DOCKERFILE.rindex("\nFROM ")
    assert "\nUSER controlplane\n" in DOCKERFILE[last:]


def test_the_data_folder_of_the_image_is_a_volume():
    assert "CONTROLPLANE_DATA_DIR=/data" in DOCKERFILE
    assert re.search(r"^VOLUME /data$", DOCKERFILE, re.MULTILINE)


def test_the_shipped_routes_reach_the_hook_that_stands_beside_the_worker():
    pack = ROOT / "controlplane" / "packs" / "professional-services"
    text = (pack / "routing.yaml").read_text() + (pack / "teams.yaml").read_text()
    called = set(re.findall(r'url: "http://([^/"]+)', text))
    assert called == set(read_settings(environment("worker")).allowed_egress)
    assert SERVICES["hook"]["network_mode"] == "service:worker"
    assert {f"127.0.0.1:{environment('hook')['HTTP_PORT']}"} == called
    assert set(re.findall(r"env:(\w+)", text)) == PACK_VARIABLES


def test_the_collector_hands_traces_to_a_route_of_ours():
    handed = COLLECTOR["exporters"]["otlphttp/controlplane"]
    assert handed["traces_endpoint"] == f"http://api:{_port('api')}/v1/traces"
    routes = {path for handlers, _ in ROUTES for one in handlers for path in one.paths}
    assert "/v1/traces" in routes
    named = set(re.findall(r"\$\{env:(\w+)\}", str(COLLECTOR)))
    assert named <= set(SERVICES["otel-collector"]["environment"])


def test_the_collector_uses_only_what_it_declares():
    for pipeline in COLLECTOR["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline.get(kind, [])) <= set(COLLECTOR[kind])
    listening = COLLECTOR["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    port = listening.rpartition(":")[2]
    assert SERVICES["otel-collector"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    own = environment("api")["OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert own == f"http://otel-collector:{port}"


def _port(service: str) -> int:
    port: int = parse(SERVICES[service]["command"]).flags["port"]
    return port


def _asked(service: str) -> tuple[str, int, str]:
    test = SERVICES[service]["healthcheck"]["test"]
    found = re.search(r"urlopen\('http://([^:]+):(\d+)(/[^']*)'\)", test[-1])
    assert found, test
    compile(test[-1], service, "exec")
    return found[1], int(found[2]), found[3]
