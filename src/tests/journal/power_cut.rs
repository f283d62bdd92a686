//! The log when the power goes: the system calls of a real run are recorded, and cut short wherever a disk may cut them.

use std::{collections::BTreeMap, fs, path::Path, path::PathBuf};

use hadir::{
    domain::ids::EntryIndex,
    log::{Journal, Log, OpenError},
};

use super::{ORIGIN, child, joins, now, signed, tree_over};

/// How many batches the recorded run appends, of three entries each.
const BATCHES: u64 = 24;

/// How many power cuts are tried.
const CUTS: u64 = 200;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// A recorded system call, or something that the run said.
#[derive(Debug, Clone)]
enum Call {
    Create(String),
    Write(String, usize, Vec<u8>),
    Truncate(String, usize),
    Sync(String),
    SyncFolder,
    Rename(String, String),
    Unlink(String),
    Acknowledged,
}

/// A change of a file that is not synced yet.
#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Clone, Default)]
struct Inode {
    synced: Vec<u8>,
    unsynced: Vec<Change>,
}

/// A folder as the kernel shows it, and what of it the disk is bound to keep.
#[derive(Clone, Default)]
struct Disk {
    inodes: Vec<Inode>,
    shown: BTreeMap<String, usize>,
    /// What the folder was after each of its changes since its last sync; the first is what the disk has.
    folders: Vec<BTreeMap<String, usize>>,
    acknowledged: u64,
}

/// A small reproducible random source (xorshift64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

fn write_at(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    bytes.resize(bytes.len().max(at + data.len()), 0);
    bytes[at..at + data.len()].copy_from_slice(data);
}

impl Disk {
    fn new() -> Self {
        Self { folders: vec![BTreeMap::new()], ..Self::default() }
    }

    fn apply(&mut self, call: &Call) {
        match call {
            Call::Create(name) if self.shown.contains_key(name) => {}
            Call::Create(name) => {
                self.inodes.push(Inode::default());
                self.shown.insert(name.clone(), self.inodes.len() - 1);
                self.folders.push(self.shown.clone());
            }
            Call::Rename(from, to) => {
                let inode = self.shown.remove(from).unwrap();
                self.shown.insert(to.clone(), inode);
                self.folders.push(self.shown.clone());
            }
            Call::Unlink(name) => {
                self.shown.remove(name);
                self.folders.push(self.shown.clone());
            }
            Call::SyncFolder => self.folders = vec![self.shown.clone()],
            Call::Write(name, at, data) => self.inode(name).unsynced.push(Change::Write(*at, data.clone())),
            Call::Truncate(name, length) => self.inode(name).unsynced.push(Change::Truncate(*length)),
            Call::Sync(name) => {
                let inode = self.inode(name);
                for change in std::mem::take(&mut inode.unsynced) {
                    change.whole(&mut inode.synced);
                }
            }
            Call::Acknowledged => self.acknowledged += 1,
        }
    }

    fn inode(&mut self, name: &str) -> &mut Inode {
        &mut self.inodes[self.shown[name]]
    }

    /// What is there if nothing is lost.
    fn whole(&self) -> BTreeMap<String, Vec<u8>> {
        let content = |inode: usize| {
            let mut bytes = self.inodes[inode].synced.clone();
            self.inodes[inode].unsynced.iter().for_each(|change| change.whole(&mut bytes));
            bytes
        };
        self.shown.iter().map(|(name, inode)| (name.clone(), content(*inode))).collect()
    }

    /// What may be there after a power cut: some of the unsynced sectors, and the folder at some moment since its sync.
    fn cut(&self, chance: &mut Chance) -> BTreeMap<String, Vec<u8>> {
        let folder = &self.folders[chance.below(self.folders.len())];
        let mut left = BTreeMap::new();
        for (name, inode) in folder {
            let mut bytes = self.inodes[*inode].synced.clone();
            self.inodes[*inode].unsynced.iter().for_each(|change| change.torn(&mut bytes, chance));
            left.insert(name.clone(), bytes);
        }
        left
    }
}

impl Change {
    fn whole(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, data) => write_at(bytes, *at, data),
            Self::Truncate(length) => bytes.resize(*length, 0),
        }
    }

    fn torn(&self, bytes: &mut Vec<u8>, chance: &mut Chance) {
        match self {
            Self::Write(at, data) => {
                for (number, sector) in data.chunks(SECTOR).enumerate() {
                    if chance.below(2) == 0 {
                        write_at(bytes, at + number * SECTOR, sector);
                    }
                }
            }
            Self::Truncate(length) if chance.below(2) == 0 => bytes.resize(*length, 0),
            Self::Truncate(_) => {}
        }
    }
}

/// The bytes of a string that strace has written in hexadecimal.
fn unhex(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).map(|digits| u8::from_str_radix(&digits[..2], 16).unwrap()).collect()
}

/// The quoted strings of a call.
fn strings(line: &str) -> Vec<Vec<u8>> {
    line.split('"').skip(1).step_by(2).map(unhex).collect()
}

/// Reads a line of the recording; none of calls that failed or concern other files.
fn parse(line: &str, folder: &Path) -> Option<Call> {
    let (_, line) = line.split_once(' ')?;
    let (name, rest) = line.trim_start().split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    if result.starts_with('-') {
        return None;
    }
    let inside = |path: Vec<u8>| {
        let path = PathBuf::from(String::from_utf8(path).unwrap());
        path.strip_prefix(folder).ok()?.to_str().filter(|name| !name.ends_with("-shm")).map(str::to_owned)
    };
    // With the descriptor's path in angle brackets, as it is named at that moment.
    let described = || {
        let path = arguments.split_once('<')?.1.split_once('>')?.0;
        inside(if path.starts_with("\\x") { unhex(path) } else { path.as_bytes().to_vec() })
    };
    let number = |place: usize| arguments.trim_end_matches(')').rsplit(", ").nth(place)?.parse().ok();
    let path = |place: usize| inside(strings(arguments).into_iter().nth(place)?);
    match name {
        "openat" if arguments.contains("O_CREAT") => Some(Call::Create(path(0)?)),
        "pwrite64" => Some(Call::Write(described()?, number(0)?, strings(arguments).remove(0))),
        "ftruncate" => Some(Call::Truncate(described()?, number(0)?)),
        "fsync" | "fdatasync" => {
            let name = described()?;
            Some(if name.is_empty() { Call::SyncFolder } else { Call::Sync(name) })
        }
        "rename" => Some(Call::Rename(path(0)?, path(1)?)),
        "unlink" => Some(Call::Unlink(path(0)?)),
        "write" => {
            String::from_utf8(strings(arguments).remove(0)).ok()?.contains("acknowledged").then_some(Call::Acknowledged)
        }
        _ => None,
    }
}

/// Records a run of the child: its system calls in order, and the folder that it left.
fn record() -> (Vec<Call>, BTreeMap<String, Vec<u8>>) {
    let (folder, log) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let to = log.path().to_str().unwrap();
    let trace = "trace=openat,pwrite64,write,ftruncate,fsync,fdatasync,rename,unlink";
    let wrap = ["strace", "-f", "-y", "-xx", "-s", "1000000", "-o", to, "-e", trace];
    let output = child("journal::power_cut::child_is_recorded", folder.path(), &wrap).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(log.path()).unwrap();
    let calls = text.lines().filter_map(|line| parse(line, folder.path())).collect();
    let files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
    let files = files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()));
    (calls, files.filter(|(name, _)| !name.ends_with("-shm")).collect())
}

#[test]
#[ignore = "run by the other tests, as a process of its own"]
fn child_is_recorded() {
    let Some(folder) = std::env::var_os("HADIR_TEST_FOLDER").map(PathBuf::from) else { return };
    let mut journal = Journal::create(&folder.join("journal.db"), ORIGIN).unwrap();
    println!("acknowledged");
    let mut lines = Vec::new();
    for batch in 0..BATCHES {
        lines.extend(now(journal.append(&joins(batch * 3..batch * 3 + 3))).unwrap());
        println!("acknowledged");
        if batch % 9 == 8 {
            journal.settle().unwrap();
        }
        if batch % 7 == 6 {
            let previous = journal.newest_head().unwrap().map(|head| head.size);
            now(journal.record_head(previous, &signed(&tree_over(&lines), lines.len() as u64))).unwrap();
        }
    }
    // The process ends as it would in a power cut: nothing is tidied up.
    std::process::exit(0);
}

/// Whether the log that a cut left behind opens and holds everything that was acknowledged, and nothing half.
fn survives(files: &BTreeMap<String, Vec<u8>>, acknowledged: u64) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let mut journal = match Journal::open(&folder.path().join("journal.db"), ORIGIN) {
        Err(OpenError::Missing(_)) if acknowledged == 0 => return Ok(()),
        opened => opened.map_err(|error| format!("{error:?} after {acknowledged}"))?,
    };
    let lines = now(journal.read(EntryIndex(0), 10_000)).map_err(|error| error.to_string())?;
    let (batches, rest) = (lines.len() as u64 / 3, lines.len() % 3);
    // The first acknowledgement is that of the creation; the batch under way may be there or not.
    let expected = acknowledged.saturating_sub(1)..=acknowledged;
    if rest != 0 || !expected.contains(&batches) {
        return Err(format!("{} entries after {acknowledged} acknowledgements", lines.len()));
    }
    now(journal.append(&joins(0..1))).map(|_| ()).map_err(|error| format!("{error:?}"))
}

/// Cuts the power at places all over the recording, and says where that loses something.
fn cut_everywhere(calls: &[Call], cuts: u64) -> Vec<String> {
    let mut chance = Chance(0x5EED);
    let mut lost = Vec::new();
    for _ in 0..cuts {
        let at = chance.below(calls.len() + 1);
        let mut disk = Disk::new();
        calls[..at].iter().for_each(|call| disk.apply(call));
        if let Err(what) = survives(&disk.cut(&mut chance), disk.acknowledged) {
            lost.push(format!("cut before call {at}: {what}"));
        }
    }
    lost
}

#[test]
fn nothing_acknowledged_is_lost_when_the_power_goes_and_the_harness_would_notice() {
    let (calls, left) = record();
    let mut disk = Disk::new();
    calls.iter().for_each(|call| disk.apply(call));
    assert!(disk.whole() == left, "the recording is not what happened");
    assert_eq!(disk.acknowledged, BATCHES + 1);

    let lost = cut_everywhere(&calls, CUTS);
    let without = |skipped: fn(&Call) -> bool| {
        let calls: Vec<Call> = calls.iter().filter(|call| !skipped(call)).cloned().collect();
        cut_everywhere(&calls, CUTS / 4).len()
    };

    assert!(lost.is_empty(), "{lost:#?}");
    assert!(without(|call| matches!(call, Call::Sync(_))) > 0, "a log that never syncs passes");
    assert!(without(|call| matches!(call, Call::SyncFolder)) > 0, "a log that never syncs its folder passes");
}
