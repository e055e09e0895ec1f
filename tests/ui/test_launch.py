from pathlib import Path

import pytest

from ui.launch import HOME, command


def test_the_app_is_started_without_statistics_and_on_loopback():
    line = command(8501, "http://127.0.0.1:8000")
    assert "--browser.gatherUsageStats=false" in line
    assert "--server.address=127.0.0.1" in line
    assert "--server.port=8501" in line
    assert line[-2:] == ["--api", "http://127.0.0.1:8000"]


def test_a_token_is_never_on_the_command_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CONTROLPLANE_TOKEN", "cp_secret")
    assert not any("cp_secret" in part for part in command(8501, "http://127.0.0.1:8000"))


def test_the_font_is_shipped_with_its_licence_and_nothing_is_fetched_from_outside():
    assert (HOME / "static" / "InterVariable.woff2").stat().st_size > 100_000
    assert "SIL Open Font License" in (HOME / "static" / "Inter-LICENSE.txt").read_text()
    for file in [*HOME.rglob("*.py"), HOME / "theme.toml"]:
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in text, file
        assert "http://" not in text.replace("http://127.0.0.1", ""), file


def test_no_folder_breaks_deep_links():
    assert not any(path.name == "pages" for path in HOME.rglob("*") if path.is_dir())
    assert Path(HOME / "app.py").exists()
