//! Walls around parsers of strangers' files: what a reader of paper may see, and that it may neither write, nor speak to the
//! network, nor start a program. Landlock says which files, seccomp which calls, limits how much.
//!
//! Each wall is put up as far as the kernel has it. How far that was is said by [`Walls`]; `shoki doctor` shows it, and
//! `sandbox = "required"` in `shoki.toml` makes a reader refuse to work without.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::ErrorKind,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// The newest Landlock whose restrictions are asked for; an older kernel gives what it has.
const NEWEST: ABI = ABI::V6;

/// What every reader needs of the system: libraries, fonts, Tesseract's data, facts about the processor.
const SYSTEM: &[&str] = &[
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/fonts",
    "/etc/localtime",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/sys/devices/system",
    "/sys/fs/cgroup",
    "/dev/urandom",
    "/dev/null",
];

/// How far a wall stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wall {
    /// All that was asked for.
    Full,
    /// What this kernel has.
    Part,
    /// Not at all.
    None,
}

/// The walls around this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// Landlock: files and, on newer kernels, the network.
    pub files: Wall,
    /// seccomp: sockets, programs, other processes.
    pub calls: Wall,
}

impl Walls {
    /// Whether both stand.
    #[must_use]
    pub fn stand(self) -> bool {
        self.files != Wall::None && self.calls == Wall::Full
    }

    /// What is missing, for people; none when nothing is.
    #[must_use]
    pub fn fault(self) -> Option<String> {
        let files = match self.files {
            Wall::Full => None,
            Wall::Part => Some("Landlock の一部がこのカーネルにありません（ファイルの制限は有効です）"),
            Wall::None => Some("Landlock がこのカーネルで使えません（Linux 5.13 以降で有効にしてください）"),
        };
        let calls = (self.calls != Wall::Full).then_some("seccomp が使えません");
        let missing: Vec<&str> = files.into_iter().chain(calls).collect();
        (!missing.is_empty()).then(|| missing.join("。"))
    }
}

/// No core file of this process: it would hold passwords and what was read. Also keeps other programs of the same user from
/// looking into its memory.
pub fn no_core_dumps() {
    // A limit that is already zero stays; the other call has no way to fail on Linux.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Puts the walls around this process, for ever. `reads`: folders whose files it may read besides the system's own.
#[must_use]
pub fn wall_in(reads: &[PathBuf]) -> Walls {
    let files = match landlock(reads) {
        Ok(status) if status.ruleset == RulesetStatus::FullyEnforced => Wall::Full,
        Ok(status) if status.ruleset == RulesetStatus::PartiallyEnforced => Wall::Part,
        _ => Wall::None,
    };
    let calls = if seccomp().is_some() { Wall::Full } else { Wall::None };
    Walls { files, calls }
}

fn landlock(reads: &[PathBuf]) -> Result<RestrictionStatus, RulesetError> {
    let system = SYSTEM.iter().map(PathBuf::from);
    let reads: Vec<PathBuf> = system.chain(reads.iter().cloned()).filter(|path| path.exists()).collect();
    let look = AccessFs::ReadFile | AccessFs::ReadDir;
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(&reads, look))?
        .add_rules(path_beneath_rules(["/dev/null"], AccessFs::WriteFile))?
        .restrict_self()
}

/// Calls that no parser needs. They fail with `EPERM`, as if the rights were missing.
const REFUSED: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kill,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_open_by_handle_at,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_personality,
];

/// None when the kernel has no seccomp.
fn seccomp() -> Option<()> {
    let mut refused: BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    #[cfg(target_arch = "x86_64")]
    refused.extend([libc::SYS_fork, libc::SYS_vfork].map(|call| (call, Vec::new())));
    // A new thread is fine, a new process is not.
    let thread = u64::try_from(libc::CLONE_THREAD).ok()?;
    let process =
        SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(thread), 0).ok()?;
    refused.insert(libc::SYS_clone, vec![SeccompRule::new(vec![process]).ok()?]);
    apply(refused, libc::EPERM)?;
    // Its arguments cannot be looked at; told that it is not there, the C library uses the older call.
    apply(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS)
}

fn apply(calls: BTreeMap<i64, Vec<SeccompRule>>, error: i32) -> Option<()> {
    let error = SeccompAction::Errno(u32::try_from(error).ok()?);
    let machine = std::env::consts::ARCH.try_into().ok()?;
    let filter = SeccompFilter::new(calls, SeccompAction::Allow, error, machine).ok()?;
    let program: BpfProgram = filter.try_into().ok()?;
    seccompiler::apply_filter(&program).ok()
}

/// What a walled-in process could still do; every one of these must be false.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
pub struct Reach {
    /// How far the walls stand.
    pub walls: Walls,
    /// Reads a file it was not shown.
    pub reads: bool,
    /// Writes a file.
    pub writes: bool,
    /// Opens a connection.
    pub connects: bool,
    /// Starts a program.
    pub starts: bool,
    /// Starts a thread, which it must be able to.
    pub threads: bool,
}

/// Walls this process in and tries what it must not be able to do. `stranger` is a file it is not shown, `folder` a place
/// where it could write before.
#[must_use]
pub fn probe(stranger: &Path, folder: &Path) -> Reach {
    let walls = wall_in(&[]);
    let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
    let connected = TcpStream::connect_timeout(&nobody, Duration::from_millis(200));
    let refused = connected.as_ref().err().is_some_and(|e| e.kind() == ErrorKind::PermissionDenied);
    let file = folder.join("written-by-a-reader");
    Reach {
        walls,
        reads: fs::read(stranger).is_ok(),
        writes: File::create(file).is_ok(),
        connects: !refused,
        starts: Command::new("/bin/true").spawn().is_ok(),
        threads: std::thread::Builder::new().spawn(|| ()).is_ok_and(|thread| thread.join().is_ok()),
    }
}
