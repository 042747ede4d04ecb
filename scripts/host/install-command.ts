import { familyOf } from './os-release.ts';

interface Family {
  readonly id: string;
  readonly command: string;
  /** By Debian's name; one that is not here is the same there. */
  readonly names: Readonly<Record<string, string>>;
}

const FAMILIES: readonly Family[] = [
  { id: 'debian', command: 'sudo apt-get update && sudo apt-get install --no-install-recommends', names: {} },
  {
    id: 'fedora',
    command: 'sudo dnf install',
    names: {
      'xz-utils': 'xz',
      'libc6-dev': 'glibc-devel',
      'libelf-dev': 'elfutils-libelf-devel',
      'libdw-dev': 'elfutils-devel',
      'libssl-dev': 'openssl-devel',
      pahole: 'dwarves',
      'clang-19': 'clang',
      'llvm-19': 'llvm',
      udev: 'systemd-udev',
      'busybox-static': 'busybox',
      'libmailtools-perl': 'perl-MailTools',
      'libcap-dev': 'libcap-devel',
      'lld-19': 'lld',
      'llvm-19-dev': 'llvm-devel',
      'libzstd-dev': 'libzstd-devel',
      'libxml2-dev': 'libxml2-devel',
      'libpcap-dev': 'libpcap-devel',
      iproute2: 'iproute',
      'iputils-ping': 'iputils',
      'netcat-openbsd': 'netcat',
    },
  },
  {
    id: 'arch',
    command: 'sudo pacman -S --needed',
    names: {
      'xz-utils': 'xz',
      'libc6-dev': 'glibc',
      python3: 'python',
      'libelf-dev': 'libelf',
      'libdw-dev': 'libelf',
      'libssl-dev': 'openssl',
      'clang-19': 'clang',
      'llvm-19': 'llvm',
      'qemu-system-x86': 'qemu-system-x86',
      udev: 'systemd',
      'busybox-static': 'busybox',
      'git-email': 'git',
      'libmailtools-perl': 'perl-mailtools',
      'libcap-dev': 'libcap',
      'lld-19': 'lld',
      'llvm-19-dev': 'llvm',
      'libzstd-dev': 'zstd',
      'libxml2-dev': 'libxml2',
      'libpcap-dev': 'libpcap',
      'python3-docutils': 'python-docutils',
      'iputils-ping': 'iputils',
      'netcat-openbsd': 'openbsd-netcat',
    },
  },
  {
    id: 'suse',
    command: 'sudo zypper install',
    names: {
      'xz-utils': 'xz',
      'libc6-dev': 'glibc-devel',
      'libelf-dev': 'libelf-devel',
      'libdw-dev': 'libdw-devel',
      'libssl-dev': 'libopenssl-devel',
      pahole: 'dwarves',
      'clang-19': 'clang19',
      'llvm-19': 'llvm19',
      'busybox-static': 'busybox-static',
      'libmailtools-perl': 'perl-MailTools',
      'libcap-dev': 'libcap-devel',
      'lld-19': 'lld19',
      'llvm-19-dev': 'llvm19-devel',
      'libzstd-dev': 'libzstd-devel',
      'libxml2-dev': 'libxml2-devel',
      'libpcap-dev': 'libpcap-devel',
      'iputils-ping': 'iputils',
    },
  },
];

/** For a person to type; on a system of no known family, what to look for. */
export function installCommand(packages: readonly string[], release: Readonly<Record<string, string>>): string {
  const ids = familyOf(release);
  const family = FAMILIES.find(({ id }) =>
    ids.some((own) => own === id || own.startsWith(`${id}-`) || own.startsWith(`open${id}`)),
  );
  if (family === undefined) return `install what Debian calls ${packages.join(' ')}, then run the command again`;
  const names = packages.map((name) => family.names[name] ?? name);
  return `${family.command} ${[...new Set(names)].sort().join(' ')}`;
}
