from __future__ import annotations

import pytest

from gk_hooks.model.effects import Mechanism
from gk_hooks.model.places import is_protected, persistence_of
from gk_hooks.model.values import HOLE

SCHEDULE, AUTORUN = Mechanism.SCHEDULE, Mechanism.AUTORUN


@pytest.mark.parametrize(
    ("path", "mechanism", "protected"),
    (
        pytest.param("/etc/cron.d/x", SCHEDULE, True, id="a cron table"),
        pytest.param("/etc/crontab", SCHEDULE, True, id="the crontab"),
        pytest.param("/etc/" + HOLE, None, True, id="an unknown file in etc"),
        pytest.param("/etc/cron" + HOLE, SCHEDULE, True, id="an unknown cron folder"),
        pytest.param("~/.config/systemd/user/x.service", SCHEDULE, False, id="a user unit"),
        pytest.param("/etc/systemd/system", SCHEDULE, True, id="the folder itself"),
        pytest.param("/etc/systemd/system.conf", None, True, id="a neighbour of the folder"),
        pytest.param("/etc/rc3.d/S99x", SCHEDULE, True, id="a run level"),
        pytest.param("/Library/LaunchDaemons/x.plist", SCHEDULE, True, id="a launch daemon"),
        pytest.param("/Users/bob/Library/LaunchAgents/x.plist", SCHEDULE, False, id="a launch agent"),
        pytest.param("~/.bashrc", AUTORUN, False, id="bashrc by tilde"),
        pytest.param("$HOME/.bashrc", AUTORUN, False, id="bashrc by HOME"),
        pytest.param("${HOME}/.profile", AUTORUN, False, id="profile by braced HOME"),
        pytest.param(HOLE + "/.bashrc", AUTORUN, False, id="bashrc of an unknown user"),
        pytest.param(HOLE + "/etc/cron.d/x", None, False, id="below an unknown root"),
        pytest.param("/home/bob/.zshrc", AUTORUN, False, id="another user's zshrc"),
        pytest.param("/home/" + HOLE + "/.zshrc", AUTORUN, False, id="an unknown user's zshrc"),
        pytest.param("/root/.ssh/authorized_keys", AUTORUN, False, id="root's keys"),
        pytest.param("/etc/ld.so.preload", AUTORUN, True, id="the preload list"),
        pytest.param("/etc/profile.d//x.sh", AUTORUN, True, id="doubled slashes"),
        pytest.param("/tmp/../etc/passwd", None, True, id="dots"),
        pytest.param("C:\\Windows\\System32\\Tasks\\x", SCHEDULE, True, id="a task file"),
        pytest.param("c:\\\\windows\\\\notepad.exe", None, True, id="doubled backslashes"),
        pytest.param("%SystemRoot%\\System32\\x.dll", None, True, id="SystemRoot"),
        pytest.param("$env:windir\\x", None, True, id="the PowerShell variable"),
        pytest.param("${env:ProgramFiles(x86)}\\x", None, True, id="a braced PowerShell variable"),
        pytest.param("\\\\host\\c$\\windows\\x", None, True, id="an administrative share"),
        pytest.param("\\\\?\\C:\\Windows\\x", None, True, id="an extended path"),
        pytest.param("D:/Program Files/x", None, True, id="another drive"),
        pytest.param(
            "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\a.bat", AUTORUN, False, id="own Startup"
        ),
        pytest.param(
            "C:/ProgramData/Microsoft/Windows/Start Menu/Programs/StartUp/x", AUTORUN, False, id="everybody's Startup"
        ),
        pytest.param(HOLE + "\\Start Menu\\Programs\\Startup\\x", AUTORUN, False, id="Startup of an unknown user"),
        pytest.param(
            "~/Documents/WindowsPowerShell/Microsoft.PowerShell_profile.ps1", AUTORUN, False, id="PowerShell profile"
        ),
        pytest.param("/dev/sda", None, True, id="a disk"),
        pytest.param("/", None, True, id="the root"),
        pytest.param("/usr/local/bin/x", None, True, id="usr local"),
        pytest.param("/dev/null", None, False, id="dev null"),
        pytest.param("/var/tmp/x", None, False, id="var tmp"),
        pytest.param("C:\\Windows\\Temp\\x", None, False, id="the Windows temporary folder"),
        pytest.param("/etcetera", None, False, id="a name that begins alike"),
        pytest.param("etc/cron.d/x", None, False, id="a relative path"),
        pytest.param("src/startup/x", None, False, id="a folder of that name"),
        pytest.param(HOLE, None, False, id="an unknown path"),
        pytest.param("", None, False, id="no path"),
    ),
)
def test_places(path: str, mechanism: Mechanism | None, protected: bool) -> None:
    place = persistence_of(path)
    assert (place.mechanism if place else None, is_protected(path)) == (mechanism, protected)
