"""Network tools that exist on every system, as data: which options take a value, which name a destination."""

from __future__ import annotations

from gk_hooks.analyzers.commands.clients import kubectl, sql_server
from gk_hooks.analyzers.commands.network import (
    cloud,
    copies,
    dig,
    fetches_urls,
    ftp,
    git,
    host_options,
    hosts,
    httpie,
    netcat,
    openssl,
    remote_shell,
    socat,
    subversion,
    transfers,
)
from gk_hooks.analyzers.commands.shapes import Handler

CURL_TAKES = (
    "-A -b -c -C -d -e -E -F -H -h -m -P -Q -r -t -T -u -U -w -X -y -Y -z --user-agent --cookie --cookie-jar "
    "--continue-at --data --data-raw --data-binary --data-urlencode --data-ascii --json --referer --cert --key "
    "--cacert --capath --form --form-string --header --proxy-header --max-time --connect-timeout --ftp-port --quote "
    "--range --retry --retry-delay --retry-max-time --upload-file --user --proxy-user --write-out --request "
    "--speed-limit --speed-time --time-cond --limit-rate --max-redirs --max-filesize --resolve --connect-to "
    "--interface --local-port --noproxy --ciphers --tls-max --tls13-ciphers --cert-type --key-type --pass --engine "
    "--stderr --trace --trace-ascii --mail-from --mail-rcpt --netrc-file --hostpubmd5 --pubkey --oauth2-bearer "
    "--proto --proto-default --proto-redir --keepalive-time --dns-servers --parallel-max --aws-sigv4 --url-query "
    "--variable --create-file-mode --pinnedpubkey --crlfile --egd-file --random-file --request-target "
    "--service-name --delegation --telnet-option"
)
WGET_TAKES = (
    "-a -A -B -D -e -g -I -l -Q -R -t -T -U -w -X --append-output --tries --timeout --wait --user-agent --header "
    "--user --password --http-user --http-password --post-data --post-file --method --body-data --body-file --referer "
    "--level --accept --reject --domains --execute --limit-rate --quota --ca-certificate --ca-directory --certificate "
    "--private-key --load-cookies --save-cookies --bind-address --waitretry --progress --cut-dirs --default-page "
    "--secure-protocol --connect-timeout --read-timeout --dns-timeout --include-directories --exclude-directories"
)
SCP_TAKES = "-c -D -F -i -J -l -o -P -S -X"
RSYNC_TAKES = (
    "-e -f -B -T -M --rsh --exclude --include --exclude-from --include-from --files-from --filter --bwlimit --port "
    "--password-file --log-file --timeout --chmod --chown --backup-dir --partial-dir --rsync-path --max-size "
    "--min-size --link-dest --compare-dest --copy-dest --temp-dir --suffix --out-format --info --block-size "
    "--usermap --groupmap"
)
PROBE_TAKES = "-c -i -I -l -m -M -n -O -p -Q -s -S -t -T -w -W -f -g -h -q -z -N -F -r -v"
NMAP_TAKES = (
    "-T -p -D -oA -oN -oX -oG -iL -e -S -g --script --script-args --max-retries --min-rate --max-rate --top-ports "
    "--exclude --host-timeout --source-port --dns-servers --rate"
)
_CURL = transfers(
    CURL_TAKES,
    "-o --output --output-dir -D --dump-header",
    also="-x --proxy --url --doh-url --preproxy --socks5 --socks4 --socks4a --socks5-hostname",
    lists="-K --config",
    sockets="--unix-socket --abstract-unix-socket",
)
_WGET = transfers(WGET_TAKES, "-O -o -P --output-document --output-file --directory-prefix", lists="-i --input-file")

_ARIA = transfers("-s -x -j -k -d -m -t -U --header --split", "-o -d --dir --out", lists="-i --input-file")

_BY_SHAPE: tuple[tuple[Handler, str], ...] = (
    (_CURL, "curl curlie"),
    (_WGET, "wget wget2"),
    (_ARIA, "aria2c axel fetch"),
    (hosts("-l -b -e -n -p -S -X", last=1), "telnet mosh rlogin rexec whois6 tracepath tcptraceroute ztcp"),
    (hosts(), "arping dnstracer gethostip"),
    (hosts("-l -p -L -K", last=1), "rsh"),
    (hosts(PROBE_TAKES), "ping ping6 fping traceroute traceroute6 mtr hping3"),
    (hosts("-h -p -i -T -t -g"), "whois"),
    (hosts("-c -m -N -p -R -t -T -W -U"), "host"),
    (hosts(bundles=False), "nslookup"),
    (hosts(NMAP_TAKES, bundles=False), "nmap masscan zmap"),
    (hosts("-i -o -p -F -b -c -B -l -R -D -s -S -P -J", last=1), "sftp ssh-copy-id"),
    (hosts("-f -p -t -T"), "ssh-keyscan"),
    (hosts("-p -t -o"), "ntpdate sntp rdate"),
    (dig, "dig drill kdig"),
    (remote_shell, "ssh autossh dbclient"),
    (copies(SCP_TAKES, guess=True), "scp pscp"),
    (copies(RSYNC_TAKES, guess=True), "rsync"),
    (netcat, "nc ncat netcat nc.traditional nc.openbsd"),
    (socat, "socat"),
    (openssl, "openssl"),
    (ftp, "ftp tftp lftp ncftp ncftpget ncftpput"),
    (git, "git"),
    (sql_server, "sqlcmd osql bcp"),
    (kubectl, "kubectl oc k3s"),
    (host_options("-H -h", "-D -w -b -s -x -p -y"), "ldapsearch ldapadd ldapmodify"),
    (host_options("-h --host", "-u -P -D -e --user --port --database --execute"), "mysql mysqldump mariadb"),
    (host_options("-h --host", "-U -p -d -c -f -v --username --port --dbname --command"), "psql pg_dump pg_restore"),
    (host_options("-h -u", "-p -a -n --user --pass"), "redis-cli"),
    (host_options("--host -h --uri", "--port --db -d -c -u -p"), "mongo mongosh mongodump mongorestore"),
    (host_options("--server -s", "-t -f --to --from --body --header --attach"), "swaks sendemail"),
    (host_options("-n --server", "-p -P -t -T -d --port --tag --priority"), "logger"),
    (fetches_urls, "lynx links elinks w3m ffmpeg youtube-dl yt-dlp xmllint rpm gpg2 code pandoc wkhtmltopdf"),
    (fetches_urls, "chromium chromium-browser google-chrome chrome firefox mpv vlc sqlmap nikto gobuster ab wrk siege"),
    (host_options("--keyserver", "--recv-keys --recv --search-keys --send-keys -o", bundles=False), "gpg apt-key"),
    (cloud(), "aws gsutil gcloud az rclone s3cmd azcopy doctl heroku gh glab"),
)  # fmt: skip

COMMANDS: dict[str, Handler] = {name: shape for shape, names in _BY_SHAPE for name in names.split()}
COMMANDS |= {
    "http": httpie,
    "https": httpie,
    "xh": httpie,
    "svn": subversion,
    "hg": subversion,
    "bzr": subversion,
    "cvs": subversion,
}

TOOLS = frozenset(COMMANDS) - frozenset("kubectl oc k3s rpm ffmpeg code pandoc xmllint gpg gpg2 apt-key logger".split())
"""What the specification calls network tooling."""
