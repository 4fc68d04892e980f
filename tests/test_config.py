"""The configuration: every mistake is named with file and line, and paths override."""

import pytest

from cloudpolicy import config


def load(folder, text, name="cloudpolicy.toml"):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return config.load(str(path))


def test_defaults_and_values(tmp_path):
    found = load(tmp_path, 'profile = "fisc"\nstrict = true\n[parameters.CP_LOG_004]\nlog_retention_days = 400\n')
    assert found.values["profile"] == "fisc"
    assert found.values["fail_on"] == "low"
    assert found.values["parameters"] == {"CP_LOG_004": {"log_retention_days": 400}}
    assert found.absolute("x.tfvars") == str(tmp_path / "x.tfvars")


def test_paths_override_in_order(tmp_path):
    found = load(
        tmp_path,
        'region = "ap-northeast-1"\n[[paths]]\npath = "env/*"\nscope = "account"\n[[paths]]\npath = "env/dr"\nregion = "ap-northeast-3"\n',
    )
    assert found.at(str(tmp_path / "other"))["scope"] == "stack"
    assert found.at(str(tmp_path / "env" / "prod"))["scope"] == "account"
    at = found.at(str(tmp_path / "env" / "dr"))
    assert (at["region"], at["scope"]) == ("ap-northeast-3", "account")
    assert found.at(str(tmp_path / "env" / "dr" / "net"))["scope"] == "account", "below a folder that matches"


def test_the_command_line_wins_also_over_paths(tmp_path):
    found = load(tmp_path, '[[paths]]\npath = "**"\nregion = "eu-west-1"\n')
    found.lay_over({"region": "ap-northeast-1"})
    assert found.at(str(tmp_path / "a"))["region"] == "ap-northeast-1"


def test_pyproject(tmp_path):
    found = load(tmp_path, '[project]\nname = "x"\n[tool.cloudpolicy]\nstrict = true\n', "pyproject.toml")
    assert found.values["strict"] is True


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ('profile = "x"\nregoin = "y"\n', 2, "did you mean `region`"),
        ("strict = 1\n", 1, "true or false"),
        ('\nfail_on = "huge"\n', 2, "one of low"),
        ("select = [1]\n", 1, "list of strings"),
        ("profile = \n", 1, "TOML"),
        ("a = 1\nb = [\n", 2, "TOML"),
        ('[[paths]]\nregion = "x"\n', 1, "needs `path`"),
        ('[[paths]]\npath = "x"\nprofile = "y"\n', 3, "no setting `profile`"),
        ('[paths]\npath = "x"\n', 1, "[[paths]]"),
        (b"\xff\xfea\x00", 1, "UTF-8"),
    ],
)
def test_mistakes(tmp_path, text, line, word):
    with pytest.raises(config.ConfigError) as caught:
        load(tmp_path, text)
    diagnostic = caught.value.diagnostic
    assert word in diagnostic.text.en
    assert diagnostic.span.line == line
    assert diagnostic.text.ja


def test_unreadable(tmp_path):
    with pytest.raises(config.ConfigError):
        config.load(str(tmp_path / "nothing.toml"))


def test_the_nearest_file_up_to_the_repository_top(tmp_path):
    (tmp_path / "cloudpolicy.toml").write_text("")
    repository = tmp_path / "repo"
    (repository / "env" / "prod").mkdir(parents=True)
    assert config.find(str(repository / "env" / "prod")) == str(tmp_path / "cloudpolicy.toml")
    (repository / ".git").mkdir()
    assert config.find(str(repository / "env" / "prod")) is None
    (repository / "env" / "cloudpolicy.toml").write_text("")
    assert config.find(str(repository / "env" / "prod")) == str(repository / "env" / "cloudpolicy.toml")


def test_the_published_schema_accepts_what_the_loader_accepts(tmp_path):
    import tomllib

    import jsonschema

    text = 'profile = "fisc"\nselect = ["NET"]\n[[paths]]\npath = "a"\nscope = "account"\n'
    load(tmp_path, text)
    jsonschema.validate(tomllib.loads(text), config.json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"regoin": "x"}, config.json_schema())


def test_a_kept_text_is_not_parsed_again_and_another_text_is(tmp_path, monkeypatch):
    import tomllib

    from cloudpolicy.cache.entries import Entries

    file = tmp_path / "cloudpolicy.toml"
    file.write_text('fail_on = "high"\n[[paths]]\npath = "a"\nregion = "ap-northeast-1"\n')
    kept = Entries(str(tmp_path / "kept"))
    first = config.load(str(file), kept)
    parsed = []
    monkeypatch.setattr(tomllib, "loads", lambda text, real=tomllib.loads: parsed.append(text) or real(text))
    again = config.load(str(file), kept)
    assert not parsed
    assert (again.values, again.paths) == (first.values, first.paths)
    file.write_text('fail_on = "low"\n')
    assert config.load(str(file), kept).values["fail_on"] == "low"
    assert len(parsed) == 1


def test_what_is_kept_of_a_configuration_is_checked_like_the_text(tmp_path):
    from cloudpolicy.cache.entries import Entries, key_of

    file = tmp_path / "cloudpolicy.toml"
    file.write_text("strict = true\n")
    kept = Entries(str(tmp_path / "kept"))
    kept.keep(key_of("toml", "strict = true\n"), {"strict": "no"})
    with pytest.raises(config.ConfigError):
        config.load(str(file), kept)
    file.write_text("strict = [\n")
    for _ in range(2):
        with pytest.raises(config.ConfigError):
            config.load(str(file), kept)
