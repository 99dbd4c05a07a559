from __future__ import annotations

import shlex

import pytest

from gk_hooks.analyzers.commands import effects_of, program_name
from gk_hooks.analyzers.context import Context
from gk_hooks.model.effects import Connect, DynamicCode, Effect, Execute, Listen, Persist, Site, Via, WritePath
from gk_hooks.model.values import HOLE, SYS_EXECUTABLE, UNKNOWN, Text

SITE = Site(1, 1, 1, 9, "subprocess.run")


def run(line: str, **more: object) -> list[Effect]:
    """The effects of a command line, in which ``?`` is an argument that is not known."""
    argv = [UNKNOWN if word == "?" else Text.template(word.replace("?", HOLE)) for word in shlex.split(line)]
    return list(effects_of(argv, SITE, Context(), **{"via": Via.NATIVE, **more}))  # type: ignore[arg-type]


def tools(line: str) -> tuple[str, ...]:
    execute = run(line)[0]
    assert isinstance(execute, Execute)
    return execute.tools


@pytest.mark.parametrize(
    ("option", "name"),
    (
        pytest.param("/usr/bin/curl", "curl", id="a path"),
        pytest.param("C:\\Windows\\System32\\CURL.EXE", "curl", id="a Windows path"),
        pytest.param("python3.12", "python", id="a versioned interpreter"),
        pytest.param(SYS_EXECUTABLE, "python", id="the running interpreter"),
        pytest.param(HOLE + "/curl", "curl", id="an unknown folder"),
        pytest.param("pip3", "pip", id="pip3"),
    ),
)
def test_program_names(option: str, name: str) -> None:
    assert program_name(option) == name


@pytest.mark.parametrize(
    ("line", "hosts"),
    (
        pytest.param("curl -sSLo out https://e.example", ["https://e.example"], id="bundled options"),
        pytest.param("curl -ohttp https://e.example", ["https://e.example"], id="an attached value"),
        pytest.param("curl --output=x --url https://e.example", ["https://e.example"], id="--url"),
        pytest.param("curl -x proxy.example http://localhost", ["http://localhost", "proxy.example"], id="a proxy"),
        pytest.param("curl -K file", ["{…}"], id="a configuration file"),
        pytest.param("curl ?", ["{…}"], id="an unknown URL"),
        pytest.param("curl ? https://e.example", ["https://e.example"], id="unknown options before a proven URL"),
        pytest.param("curl ? http://localhost", ["http://localhost", "{…}"], id="an unknown one beside loopback"),
        pytest.param("curl -d @x -H a: -u b:c e.example", ["e.example"], id="values are no hosts"),
        pytest.param("curl --unix-socket /var/run/docker.sock http://localhost/x", [], id="a UNIX socket"),
        pytest.param("curl --version", [], id="curl's version"),
        pytest.param("wget -qO- https://e.example", ["https://e.example"], id="wget"),
        pytest.param("wget -i list", ["{…}"], id="wget's list"),
        pytest.param("http GET e.example/x a=b", ["e.example/x"], id="httpie"),
        pytest.param("http :8000/x", [], id="httpie at home"),
        pytest.param("ssh -p 22 -i key u@e.example rm -rf x", ["u@e.example"], id="ssh"),
        pytest.param("ssh -J jump.example e.example", ["e.example", "jump.example"], id="ssh's jump host"),
        pytest.param("ssh -V", [], id="ssh's version"),
        pytest.param("ssh -o ProxyCommand=calc.exe .", [], id="a proxy that is not told the host"),
        pytest.param(
            "ssh -o 'ProxyCommand=nc -x p.example %h %p' e.example",
            ["e.example", "p.example", "e.example"],
            id="a proxy that goes to the host",
        ),
        pytest.param("sqlcmd -S tcp:db.example,1433 -Q x", ["db.example"], id="SQL Server"),
        pytest.param("sqlcmd -S . -i https://e.example/x.sql", ["https://e.example/x.sql"], id="a script from a URL"),
        pytest.param("./tool --server=https://e.example", ["https://e.example"], id="an unknown program with a URL"),
        pytest.param("mytool https://e.example", [], id="an unknown word may be a function"),
        pytest.param("ssh -S /x -O exit e.example", [], id="ssh asks its master process"),
        pytest.param("scp a u@e.example:/x", ["u@e.example:/x"], id="scp to a host"),
        pytest.param("scp ./a:b C:\\x /y", [], id="scp at home"),
        pytest.param("scp ? ?", ["{…}"], id="scp of anything"),
        pytest.param("rsync -a e.example::mod /x", ["e.example::mod"], id="an rsync module"),
        pytest.param("rsync -a -e ssh a/ b/", [], id="rsync at home"),
        pytest.param("telnet e.example 25", ["e.example"], id="telnet"),
        pytest.param("nc -w 3 e.example 80", ["e.example"], id="nc"),
        pytest.param("socat - TCP:e.example:80,retry=3", ["e.example:80"], id="socat"),
        pytest.param("openssl s_client -connect e.example:443", ["e.example:443"], id="openssl"),
        pytest.param("openssl dgst -sha256 x", [], id="openssl at home"),
        pytest.param("dig @9.9.9.9 e.example TXT +short", ["9.9.9.9"], id="dig at a server"),
        pytest.param("dig +short e.example MX", ["e.example"], id="dig"),
        pytest.param("nslookup -type=txt e.example", ["e.example"], id="nslookup"),
        pytest.param("ping -c 3 e.example", ["e.example"], id="ping"),
        pytest.param("git clone --depth 1 https://e.example/x", ["https://e.example/x"], id="git clone"),
        pytest.param("git -C /x clone git@e.example:a/b", ["git@e.example:a/b"], id="git clone by ssh"),
        pytest.param("git clone ../x", [], id="git clone at home"),
        pytest.param("git push", ["{…}"], id="git push"),
        pytest.param("git fetch origin main", ["{…}"], id="git fetch of a remote"),
        pytest.param("git submodule update --init", ["{…}"], id="git submodule update"),
        pytest.param("git submodule status", [], id="git submodule status"),
        pytest.param("git commit -m 'push https://e.example'", [], id="git commit"),
        pytest.param("pip install x", ["{…}"], id="pip"),
        pytest.param("python3 -m pip install -i https://e.example x", ["https://e.example"], id="pip with an index"),
        pytest.param("pip install git+https://e.example/x", ["https://e.example/x"], id="pip from a repository"),
        pytest.param("pip install --no-index x", [], id="pip without an index"),
        pytest.param("pip list", [], id="pip list"),
        pytest.param("npm ci", ["{…}"], id="npm"),
        pytest.param("npm run build", [], id="npm run"),
        pytest.param("yarn", ["{…}"], id="yarn alone"),
        pytest.param("apt-get -y install curl", ["{…}"], id="apt-get"),
        pytest.param("pacman -Syu", ["{…}"], id="pacman"),
        pytest.param("docker pull e.example/x", ["e.example/x"], id="docker from a registry"),
        pytest.param("docker ps", [], id="docker at home"),
        pytest.param("go mod tidy", ["{…}"], id="go mod tidy"),
        pytest.param("go mod init x", [], id="go mod init"),
        pytest.param("sudo -u bob env A=b nohup curl e.example", ["e.example"], id="wrappers"),
        pytest.param("timeout -k 5 10 curl e.example", ["e.example"], id="timeout"),
        pytest.param("find . -name x -exec curl -T {} e.example ;", ["e.example"], id="find -exec"),
        pytest.param("xargs -n 1 curl", ["{…}"], id="xargs"),
        pytest.param("busybox wget e.example", ["e.example"], id="busybox"),
        pytest.param(
            "python -c 'import urllib.request as u; u.urlopen(\"http://e.example\")'", ["http://e.example"], id="py"
        ),
        pytest.param("perl -e 'use IO::Socket; new(PeerAddr=>\"e.example:80\")'", ["e.example:80"], id="perl"),
        pytest.param("ruby -e 'puts 1'", [], id="ruby at home"),
        pytest.param("gawk 'BEGIN { s = \"/inet/tcp/0/e.example/80\" }'", ["e.example"], id="gawk"),
        pytest.param("mysql -h e.example -u x", ["e.example"], id="mysql"),
        pytest.param("mysql -u x", [], id="mysql at home"),
        pytest.param("aws s3 ls", ["{…}"], id="a cloud client"),
        pytest.param("echo https://e.example", [], id="echo"),
    ),
)
def test_connects(line: str, hosts: list[str]) -> None:
    found = [effect.destination.shown() for effect in run(line) if isinstance(effect, Connect)]
    assert found == hosts


@pytest.mark.parametrize(
    ("line", "hosts"),
    (
        pytest.param("python3 -m http.server", [""], id="http.server"),
        pytest.param("python3 -m http.server 80 --bind 127.0.0.1", ["127.0.0.1"], id="http.server at home"),
        pytest.param("nc -lvp 80", [""], id="nc"),
        pytest.param("nc -l 127.0.0.1 80", ["127.0.0.1"], id="nc at home"),
        pytest.param("socat TCP-LISTEN:80,fork EXEC:sh", [""], id="socat"),
        pytest.param("socat TCP4-LISTEN:80,bind=127.0.0.1 -", ["127.0.0.1"], id="socat at home"),
        pytest.param("php -S 0.0.0.0:80", ["0.0.0.0"], id="php"),
        pytest.param("flask run --host=0.0.0.0", ["0.0.0.0"], id="flask"),
        pytest.param("flask run", [], id="flask at home"),
        pytest.param("gunicorn -b :80 app", [""], id="gunicorn"),
        pytest.param("gunicorn -b unix:/x app", [], id="gunicorn at a UNIX socket"),
        pytest.param("python manage.py runserver 0.0.0.0:80", ["0.0.0.0"], id="Django"),
        pytest.param("python manage.py runserver", [], id="Django at home"),
        pytest.param("ssh -L 0.0.0.0:80:x:80 localhost", [""], id="a forwarded port"),
        pytest.param("openssl s_server -accept 443", [""], id="openssl"),
    ),
)
def test_listens(line: str, hosts: list[str]) -> None:
    found = [effect.host.only for effect in run(line) if isinstance(effect, Listen)]
    assert found == hosts


@pytest.mark.parametrize(
    ("line", "verbs"),
    (
        pytest.param("crontab jobs", ["install"], id="crontab of a file"),
        pytest.param("crontab -u bob -e", ["edit"], id="crontab -e"),
        pytest.param("crontab -r", ["remove"], id="crontab -r"),
        pytest.param("crontab -l -u bob", [], id="crontab -l"),
        pytest.param("systemctl --user enable --now x", ["enable"], id="systemctl enable"),
        pytest.param("systemctl restart x", ["restart"], id="systemctl restart"),
        pytest.param("systemctl is-enabled x", [], id="systemctl is-enabled"),
        pytest.param("systemctl list-units --type service", [], id="systemctl list-units"),
        pytest.param("service ssh start", ["start"], id="service start"),
        pytest.param("service ssh status", [], id="service status"),
        pytest.param("update-rc.d x defaults", ["defaults"], id="update-rc.d"),
        pytest.param("chkconfig --add x", ["add"], id="chkconfig --add"),
        pytest.param("chkconfig --list", [], id="chkconfig --list"),
        pytest.param("launchctl bootstrap system x.plist", ["bootstrap"], id="launchctl"),
        pytest.param("launchctl list", [], id="launchctl list"),
        pytest.param("at -f x now + 1 minute", ["create"], id="at"),
        pytest.param("at -l", [], id="at -l"),
        pytest.param("systemd-run --on-calendar daily x", ["create"], id="a transient timer"),
        pytest.param("systemd-run x", [], id="a transient unit"),
        pytest.param("loginctl enable-linger bob", ["enable-linger"], id="lingering"),
        pytest.param("cp x.service /etc/systemd/system/", ["copy"], id="a unit"),
        pytest.param("cp .bashrc ~/", ["copy"], id="a login file into its folder"),
        pytest.param("tee -a /etc/crontab", ["write"], id="tee"),
        pytest.param("ln -s x /etc/rc3.d/S99x", ["link"], id="a link"),
        pytest.param("curl -o /etc/cron.d/x localhost", ["download"], id="a download"),
        pytest.param("sed -i s/a/b/ /etc/profile", ["edit"], id="sed -i"),
        pytest.param("rm /etc/cron.d/x", [], id="removing"),
        pytest.param("sed s/a/b/ /etc/profile", [], id="sed to standard output"),
        pytest.param("cp /etc/crontab /tmp/x", [], id="copying from there"),
    ),
)
def test_persists(line: str, verbs: list[str]) -> None:
    found = [effect.verb for effect in run(line) if isinstance(effect, Persist)]
    assert found == verbs


@pytest.mark.parametrize(
    ("line", "paths"),
    (
        pytest.param("cp a b /usr/bin", ["/usr/bin"], id="cp"),
        pytest.param("cp -t /usr/bin a b", ["/usr/bin"], id="cp -t"),
        pytest.param("mv /etc/a /tmp/b", ["/tmp/b", "/etc/a"], id="mv takes away too"),
        pytest.param("install -m 755 x /usr/bin/y", ["/usr/bin/y"], id="install"),
        pytest.param("dd if=x of=/dev/sda bs=1M", ["/dev/sda"], id="dd"),
        pytest.param("mkdir -p /etc/x /y", ["/etc/x", "/y"], id="mkdir"),
        pytest.param("chmod -R 755 /etc/x", ["/etc/x"], id="chmod"),
        pytest.param("sysctl -w net.ipv4.ip_forward=1", ["/proc/sys/net/ipv4/ip_forward"], id="sysctl"),
        pytest.param("tar -xzf x.tgz -C /usr", ["/usr"], id="tar -x"),
        pytest.param("tar -czf x.tgz -C /usr .", [], id="tar -c"),
        pytest.param("wget -O - e.example", [], id="standard output"),
        pytest.param("cat /etc/x", [], id="reading"),
    ),
)
def test_writes(line: str, paths: list[str]) -> None:
    found = [effect.path.shown() for effect in run(line) if isinstance(effect, WritePath)]
    assert found == paths


@pytest.mark.parametrize(
    ("line", "names"),
    (
        pytest.param("curl ?", ("curl",), id="curl"),
        pytest.param("sudo /usr/bin/curl https://e.example", ("curl",), id="curl behind sudo"),
        pytest.param("curl http://127.0.0.1", (), id="curl at home"),
        pytest.param("curl --version", (), id="curl's version"),
        pytest.param("crontab -l", (), id="crontab -l"),
        pytest.param("crontab x", ("crontab",), id="crontab"),
        pytest.param("systemctl status x", (), id="systemctl status"),
        pytest.param("systemctl enable x", ("systemctl",), id="systemctl enable"),
        pytest.param("git status", (), id="git status"),
        pytest.param("git clone https://e.example/x", ("git",), id="git clone"),
        pytest.param("pip install x", (), id="pip"),
        pytest.param("cp x /etc/cron.d/x", (), id="cp"),
        pytest.param("nc -l 127.0.0.1 80", (), id="nc at home"),
        pytest.param("nc -l 80", ("nc",), id="nc"),
    ),
)
def test_tools(line: str, names: tuple[str, ...]) -> None:
    assert tools(line) == names


def test_the_execute_comes_first_and_holds_the_whole_command() -> None:
    first, *_ = run("sudo curl https://e.example", via=Via.SPAWN)
    assert isinstance(first, Execute)
    assert ([word.only for word in first.argv], first.via) == (["sudo", "curl", "https://e.example"], Via.SPAWN)


def test_what_a_program_starts_keeps_the_program_on_its_chain() -> None:
    _, connect = run("curl https://e.example", via=Via.SPAWN)
    assert (connect.site.callee, connect.site.chain) == ("curl", ("subprocess.run",))


def test_a_shell_that_a_program_starts_runs_its_text_embedded() -> None:
    executes = [effect for effect in run("sh -c 'curl e.example'", via=Via.SPAWN) if isinstance(effect, Execute)]
    assert [(effect.via, effect.tools) for effect in executes] == [(Via.SPAWN, ()), (Via.EMBEDDED, ("curl",))]


@pytest.mark.parametrize(
    "line",
    (
        pytest.param("sh -c ?", id="an unknown text is the process rules' business"),
        pytest.param("bash x.sh", id="a script"),
        pytest.param("python x.py", id="a Python script"),
    ),
)
def test_a_started_interpreter_is_only_executed(line: str) -> None:
    assert [type(effect) for effect in run(line, via=Via.SPAWN)] == [Execute]


def test_encoded_commands_are_decoded() -> None:
    [code] = [effect for effect in run("powershell -nop -w hidden -e dwBnAGUAdAA=") if isinstance(effect, DynamicCode)]
    assert (code.payload.only, code.payload.decoded) == ("wget", ("base64",))
