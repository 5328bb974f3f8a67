/**
 * Texts to begin with, as the world really prints them, and words of their formats.
 */
export const CONFIG_TEXTS: readonly string[] = [
  `[node]
name = "W023"
[state]
device = "PARTLABEL=lifeboot-state"
file = "lifeboot.state"
[slots.a]
root = "PARTLABEL=root-a"
[slots.b]
root = "PARTLABEL=root-b"
[slots.r]
root = "LABEL=recovery-root"
role = "recovery"
removable = true
[upper]
kind = "persistent"
device = "PARTLABEL=system-data"
size = "25%"
[[persist]]
path = "/var"
[attempts]
trial = 3
good = 5
[tunnel]
host = ["bastion.example.org", "192.0.2.7"]
port = 22
user = "node-W023"
identity = "/etc/lifeboot/tunnel_key"
known_hosts = "/etc/lifeboot/known_hosts"
forward = "/home_dirs/node-W023/rtun.sock:localhost:22"
proof = "auto"
options = ["ServerAliveInterval=20"]
[confirm]
deadline = "15min"
hold = "2min"
busy = "15min"
[watchdog]
timeout = "2min"
[rescue]
time = "30min"
[repair]
auto = "no"
`,
  '[slots.a]\nroot = "/dev/vda2"\n[upper]\nkind = "tmpfs"\n',
  'log = "debug"\n[slots."a"]\nroot = "UUID=00"\ninit = "/sbin/init"\n[identity]\nfiles = ["/etc/ssh/ssh_host_*"]\n',
];

export const TOML_WORDS: readonly string[] = [
  ...[
    '"',
    "'",
    '"""',
    '\n',
    '=',
    '[',
    ']',
    '[[',
    ']]',
    '{',
    '}',
    '#',
    '\\u0000',
    '\\UFFFFFFFF',
    'nan',
    '-inf',
    '0x',
    '1e999',
  ],
  ...[
    'true',
    '[slots.__proto__]\n',
    '[slots.constructor]\n',
    'root = 1\n',
    '[slots]\n',
    'host = []\n',
    '"-oProxyCommand=x"',
  ],
  ...[
    'deadline = "0s"\n',
    'deadline = -1\n',
    'trial = 0\n',
    'trial = 99999999999999999999\n',
    '1979-05-27T07:32:00Z',
    'infinity',
  ],
];

export const COMMANDS: readonly (readonly string[])[] = [
  ['status', '--json'],
  ['switch', 'b', '--once', '--dry-run'],
  ['mark', 'bad', 'b', '--reason', 'smells'],
  ['mark', 'good', '--normal'],
  ['state', 'init', '--good', 'a', '--force', '--state', '/tmp/x'],
  ['state', 'set', 'slots.b.limit', '7'],
  ['confirm', '--wait'],
  ['boot', '--root', '/sysroot', '--config', '/etc/x.toml'],
  ['tunnel', 'check'],
  ['proof', '--echo'],
  ['bootctl', 'set-active-boot-slot', '1'],
  ['repair', 'b', '--from', 'a'],
  ['rescue', 'retry', 'a'],
  ['tend'],
];

export const CMDLINES: readonly string[] = [
  'BOOT_IMAGE=/vmlinuz root=UUID=x ro quiet lifeboot.slot=b lifeboot.attempts.trial=4 panic=10',
  'lifeboot.confirm.deadline="20 min" lifeboot.log=debug lifeboot.upper.kind=tmpfs -- lifeboot.slot=a',
  'lifeboot.tunnel.host=evil.example lifeboot.identity.files=/etc/shadow lifeboot.slots.a.root=/dev/sdb1 console=ttyS0',
];

export const SSH_TEXTS: readonly string[] = [
  'OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17\ndebug1: Authentication succeeded (publickey).\nAuthenticated to h ([10.0.2.2]:22) using "publickey".\nWarning: remote port forwarding failed for listen port 0\n',
  'debug1: mux_client_request_session: master session id: 2\nmux_client_request_session: session request failed: Session open refused by peer\n',
  'Host key verification failed.\nssh: connect to host h port 22: Connection timed out\nPermission denied (publickey).\n',
  'Control socket connect(/run/lifeboot/tunnel.ctl): No such file or directory\nssh: Could not resolve hostname lifeboot.invalid\n',
  'channel 3: open failed: administratively prohibited: open failed\nchannel 4: open failed: connect failed: Connection refused\n',
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:0016 0200000A:0016 01 00000000:00000000 00:00000000 00000000     0        0 12345 1\n',
  'Certificate invalid: expired\nkex_exchange_identification: read: Connection reset by peer\ndebug1: Server accepts key: /k ED25519\nConnection closed by 127.0.0.1 port 22\n',
];

export const SSH_WORDS: readonly string[] = [
  ...['\n', '\r\n', 'debug1: ', 'Authenticated to ', 'Session open refused by peer', 'remote port forwarding failed'],
  ...[
    'Control socket connect(',
    'ControlPath ',
    ' does not exist',
    'channel 1: open failed: ',
    'Permission denied (',
    '\0',
  ],
];

export const MOUNTINFO: readonly string[] = [
  '22 1 0:20 / /sys rw,nosuid - sysfs sysfs rw\n30 1 0:28 / / rw,relatime shared:1 - overlay lifeboot rw,lowerdir=base,upperdir=data/lifeboot/upper/a-1/upper,workdir=w\n',
  '31 30 254:3 /a\\040b /run/lifeboot/data rw master:2 propagate_from:2 - ext4 /dev/vda3 rw,errors=remount-ro\n32 30 0:30 / /x rw - overlay o rw,lowerdir+=l/1,lowerdir+=l/2,upperdir=u\\,v\n',
];
