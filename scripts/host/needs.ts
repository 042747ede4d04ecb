/** What a stage uses of the host: it is there when `probe` is, however it was installed. */
export interface Need {
  /** A program to be found in PATH, or a file's absolute path (a header, a daemon); alternatives in order. */
  readonly probe: readonly string[];
  /** More of them, on a system that has its own names and no old versions under them. */
  readonly elsewhere?: readonly string[];
  /** The Debian package that has it. */
  readonly package: string;
  readonly why: string;
}

function need(probe: string | readonly string[], name: string, why: string, elsewhere?: readonly string[]): Need {
  return {
    probe: typeof probe === 'string' ? [probe] : probe,
    package: name,
    why,
    ...(elsewhere === undefined ? {} : { elsewhere }),
  };
}

const LLVM_HEADERS = ['/usr/include/llvm-c/Disassembler.h'] as const;

const APPLY = [
  need('git', 'git', 'the kernel tree and its patches'),
  need('xz', 'xz-utils', 'unpacks the source package'),
  need('tar', 'tar', 'unpacks the source package'),
  need('bash', 'bash', 'joins the unpacking programs'),
  need('setpriv', 'util-linux', 'setpriv ends children with their parent, flock is the lock'),
] as const;

const BUILD = [
  ...APPLY,
  need('make', 'make', 'the kernel build'),
  need('gcc', 'gcc', 'compiles the kernel'),
  need('/usr/include/stdio.h', 'libc6-dev', 'programs of the build and of the tests'),
  need('bc', 'bc', 'the kernel build'),
  need('bison', 'bison', 'the kernel build'),
  need('flex', 'flex', 'the kernel build'),
  need('perl', 'perl', 'the kernel build'),
  // not any python3 of PATH: virtme-ng and its modules are the system's
  need('/usr/bin/python3', 'python3', 'virtme-ng, and bpf_doc.py of the kernel'),
  need('/usr/include/libelf.h', 'libelf-dev', 'objtool, libbpf'),
  need('/usr/include/elfutils/libdw.h', 'libdw-dev', 'the kernel build'),
  need('/usr/include/openssl/ssl.h', 'libssl-dev', 'the kernel build'),
  need('pahole', 'pahole', 'BTF'),
  need('cpio', 'cpio', 'kernel headers and initramfs'),
  need('zstd', 'zstd', 'kernel compression'),
  need('depmod', 'kmod', 'modules'),
  need('file', 'file', 'artefact checks'),
  need('ccache', 'ccache', 'compiles nothing twice'),
  need('clang-19', 'clang-19', 'BPF programs', ['clang']),
  need(['llvm-strip-19', '/usr/lib/llvm-19/bin/llvm-strip'], 'llvm-19', 'BPF objects', ['llvm-strip']),
] as const;

const TEST = [
  ...BUILD,
  need('qemu-system-x86_64', 'qemu-system-x86', 'the guest'),
  need('vng', 'virtme-ng', "boots the guest on the host's files"),
  need(['/usr/lib/systemd/systemd-udevd', '/lib/systemd/systemd-udevd'], 'udev', "the guest's virtio ports"),
  need('busybox', 'busybox-static', "the guest's first process"),
] as const;

const REGRESS = [
  ...TEST,
  need('/usr/include/sys/capability.h', 'libcap-dev', "the kernel's own tests"),
  need(['ld.lld-19', '/usr/lib/llvm-19/bin/ld.lld'], 'lld-19', "the kernel's own tests", ['ld.lld']),
  need(['/usr/lib/llvm-19/include/llvm-c/Disassembler.h'], 'llvm-19-dev', 'tests that read JITed code', LLVM_HEADERS),
  need('/usr/include/zstd.h', 'libzstd-dev', 'the libraries of LLVM'),
  need('/usr/include/libxml2/libxml/parser.h', 'libxml2-dev', 'the libraries of LLVM'),
  need('/usr/include/pcap.h', 'libpcap-dev', "the kernel's own tests"),
  need('rsync', 'rsync', "the kernel's own tests"),
  need('rst2man', 'python3-docutils', "the kernel's own tests"),
  need('ip', 'iproute2', 'tests of networks'),
  need('ping', 'iputils-ping', 'tests of networks'),
  need(['/usr/sbin/ethtool', 'ethtool'], 'ethtool', 'tests of networks'),
  need(['/usr/sbin/iptables', 'iptables'], 'iptables', 'tests of networks'),
  need(['/usr/sbin/nft', 'nft'], 'nftables', 'tests of networks'),
  need('nc', 'netcat-openbsd', 'tests of networks'),
] as const;

const CLIENTS = [
  ...TEST,
  need('mmdebstrap', 'mmdebstrap', 'the guest root with the programs that people use'),
  need('unshare', 'util-linux', 'what is started and mounted there ends with it'),
] as const;

const ARM64 = [
  ...TEST,
  need('aarch64-linux-gnu-gcc', 'gcc-aarch64-linux-gnu', 'compiles for arm64'),
  need('/usr/aarch64-linux-gnu/include/stdio.h', 'libc6-dev-arm64-cross', 'what that compiler begins and ends with'),
  need('qemu-system-aarch64', 'qemu-system-arm', 'the guest'),
  need('mmdebstrap', 'mmdebstrap', "the guest's root, out of packages of its architecture"),
  need('unshare', 'util-linux', 'what is started and mounted there ends with it'),
] as const;

const MAIL_TOOLS = ['/usr/share/perl5/vendor_perl/Mail/Address.pm'] as const;
const GIT_EMAIL = ['/usr/lib/git-core/git-send-email', '/usr/libexec/git-core/git-send-email'] as const;

/** One table of what every stage needs; a stage includes what runs before it, but for the last. */
export const NEEDS = {
  apply: APPLY,
  build: BUILD,
  test: TEST,
  check: [
    ...TEST,
    need('sparse', 'sparse', 'static analysis of each patch'),
    need('/usr/lib/python3/dist-packages/ply/lex.py', 'python3-ply', 'spdxcheck.py of the kernel'),
    need('/usr/lib/python3/dist-packages/git/__init__.py', 'python3-git', 'spdxcheck.py of the kernel'),
    need('codespell', 'codespell', 'the dictionary by which checkpatch.pl judges spelling'),
  ],
  /** The kernel's own tests, built here and run in the guest on this machine's files. */
  regress: REGRESS,
  /** Programs that people use, out of a root of their own. */
  clients: CLIENTS,
  /** A kernel of that architecture; a stage has the name that architecture.ts has. */
  arm64: ARM64,
  export: [...APPLY, need('perl', 'perl', 'get_maintainer.pl of the kernel')],
  /** For the tests of what is exported alone: mails are sent by people. */
  mail: [
    ...APPLY,
    need('perl', 'perl', 'get_maintainer.pl of the kernel'),
    need(GIT_EMAIL, 'git-email', 'git send-email --dry-run reads the mails'),
    need('/usr/share/perl5/Mail/Address.pm', 'libmailtools-perl', 'git send-email of Debian', MAIL_TOOLS),
    need('b4', 'b4', 'b4 am reads the mails'),
    need('notmuch', 'notmuch', 'a reader of mail that threads'),
  ],
  /** No command's: for the tests of the report's page, which run when they are named. */
  browser: [need('chromium', 'chromium', "looks at the report's page")],
} as const satisfies Record<string, readonly Need[]>;

export type Stage = keyof typeof NEEDS;
