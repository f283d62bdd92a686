//! Tampering with the log: its lines, its tree, its checkpoints, and logs that whoever owns the key has signed anew.

use hadir::evidence::checkpoint::SigningKey;

use super::{Kind, Tampered, signing_key, tables::cut};

pub(super) const KINDS: &[Kind] = &[
    ("a line is changed", |files| with(files, |lines| edit(lines, "\"k\":\"join\"", "\"m\":", "\"m\":1"))),
    ("two lines change places", |files| with(files, |lines| lines.swap(20, 21))),
    ("a line is dropped", |files| with(files, |lines| drop(lines.remove(30)))),
    ("the log is cut short", |files| with(files, |lines| lines.truncate(50))),
    ("the last line is cut off", |files| cut(files, "log/entries.jsonl", 9)),
    ("the last line feed is dropped", |files| cut(files, "log/entries.jsonl", 1)),
    ("a line is added", |files| with(files, |lines| lines.push(lines[lines.len() - 1].clone()))),
    ("the log is empty", |files| with(files, Vec::clear)),
    ("a line ends with CR LF", |files| with(files, |lines| lines[10].push('\r'))),
    ("a tile of hashes is changed", |files| flip(files, "log/tile/0/")),
    ("a tile of entries is changed", |files| flip(files, "log/tile/entries/")),
    ("a tile is missing", |files| {
        let tile = last(files, "log/tile/0/");
        files.files.remove(&tile);
    }),
    ("a tile is added", |files| drop(files.files.insert("log/tile/1/000.p/1".into(), vec![0; 32]))),
    ("the newest checkpoint is an older one", |files| {
        let older = files.files.iter().find(|(path, _)| path.starts_with("log/checkpoints/")).unwrap().1.clone();
        files.files.insert("log/checkpoint".into(), older);
    }),
    ("a checkpoint's signature is damaged", |files| {
        let path = last(files, "log/checkpoints/");
        let mut text = files.text(&path);
        let place = text.len() - 20;
        let letter = if text.as_bytes()[place] == b'A' { "B" } else { "A" };
        text.replace_range(place..=place, letter);
        files.files.insert(path, text.clone().into_bytes());
        files.files.insert("log/checkpoint".into(), text.into_bytes());
    }),
    ("a checkpoint is signed by nobody", |files| {
        let path = last(files, "log/checkpoints/");
        let text = files.text(&path);
        let (body, _) = text.split_once("\n\n").unwrap();
        files.files.insert(path, format!("{body}\n\n").into_bytes());
    }),
    ("a checkpoint has another name", |files| {
        let path = last(files, "log/checkpoints/");
        let bytes = files.files.remove(&path).unwrap();
        files.files.insert("log/checkpoints/000000000009".into(), bytes);
    }),
    ("the policy trusts somebody else", |files| files.replace("log/policy", "quorum none", "quorum any")),
    ("the log has another key", |files| {
        let lines = files.lines();
        files.sign(&SigningKey::from_seed(super::super::ORIGIN.parse().unwrap(), &[8; 32]), &lines);
    }),
    ("the log has another name", |files| {
        let lines = files.lines();
        files.sign(&SigningKey::from_seed("hadir.example/elsewhere".parse().unwrap(), &[7; 32]), &lines);
    }),
    ("signed anew: a line is dropped, and the counts are kept", |files| {
        signed(files, |lines| lines.retain(|line| !line.contains("\"k\":\"leave\"")));
    }),
    ("signed anew: somebody came from another device", |files| {
        signed(files, |lines| edit(lines, "\"k\":\"join\"", "\"d\":\"a", "\"d\":\"b"));
    }),
    ("signed anew: the lesson starts later", |files| {
        signed(files, |lines| lines.retain(|line| !line.contains("\"signal\":\"start\",\"by\"")));
    }),
    ("signed anew: a member is unknown", |files| {
        signed(files, |lines| edit(lines, "\"k\":\"beat\"", "\"m\":", "\"x\":1,\"m\":"));
    }),
    ("signed anew: a kind is unknown", |files| {
        signed(files, |lines| edit(lines, "\"k\":\"beat\"", "\"k\":\"beat\"", "\"k\":\"bless\""));
    }),
    ("signed anew: a line of another version", |files| {
        signed(files, |lines| edit(lines, "\"k\":\"beat\"", "{\"v\":1", "{\"v\":2"));
    }),
    ("signed anew: time runs back", |files| {
        signed(files, |lines| edit(lines, "\"k\":\"beat\"", "\"t\":\"2026", "\"t\":\"2025"));
    }),
    ("signed anew: an index is skipped", |files| {
        signed(files, |lines| edit(lines, "\"i\":40,", "\"i\":40", "\"i\":41"))
    }),
    ("signed anew: a proof of life in the future", |files| {
        signed(files, |lines| edit(lines, "\"k\":\"leave\"", "\"last\":\"2026", "\"last\":\"2027"));
    }),
    ("signed anew: an act that nobody signed", |files| {
        signed(files, |lines| edit(lines, "a bot", "a bot", "a dog"));
    }),
    ("signed anew: an act of somebody else", |files| {
        signed(files, |lines| {
            let by = |role: &str, lines: &[String]| {
                let line = lines.iter().find(|line| line.contains(role)).unwrap();
                line.split("\"p\":\"").nth(1).unwrap()[..27].to_owned()
            };
            let (organizer, witness) = (by("\"role\":\"organizer\"", lines), by("\"role\":\"witness\"", lines));
            edit(lines, "\"k\":\"act\"", &format!("\"p\":\"{organizer}"), &format!("\"p\":\"{witness}"));
        });
    }),
    ("signed anew: a signal without its agreement", |files| {
        signed(files, |lines| {
            let line = lines.iter_mut().find(|line| line.contains("\"signal\":\"start\",\"by\"")).unwrap();
            *line = line.split(",\"acts\"").next().unwrap().to_owned() + "}";
        });
    }),
    ("signed anew: a check that was not drawn", |files| {
        signed(files, |lines| edit(lines, "\"k\":\"prompt\"", "\"word\":\"", "\"word\":\"ABCDEFGH"));
    }),
    ("signed anew: another roster than the log's", |files| {
        signed(files, |lines| edit(lines, "\"k\":\"open\"", "\"roster\":\"", "\"roster\":\"0"));
    }),
    ("signed anew: a rehearsal in one place alone", |files| {
        signed(files, |lines| {
            edit(lines, "\"k\":\"open\"", "\"rehearsal\":false,\"roster\"", "\"rehearsal\":true,\"roster\"")
        });
    }),
    ("signed anew: a second opening", |files| {
        signed(files, |lines| lines.insert(1, lines[0].replacen("\"i\":0", "\"i\":1", 1)));
    }),
];

/// Changes the lines and nothing that was made from them.
fn with(files: &mut Tampered, change: impl FnOnce(&mut Vec<String>)) {
    let mut lines = files.lines();
    change(&mut lines);
    files.put_lines(&lines);
}

/// Changes the lines, numbers them anew where some are gone, and makes and signs the log's files anew.
fn signed(files: &mut Tampered, change: impl FnOnce(&mut Vec<String>)) {
    let mut lines = files.lines();
    let before = lines.len();
    change(&mut lines);
    if lines.len() < before {
        for (index, line) in lines.iter_mut().enumerate() {
            let (_, rest) = line.split_once(",\"k\":").unwrap();
            *line = format!("{{\"v\":1,\"i\":{index},\"k\":{rest}");
        }
    }
    files.sign(&signing_key(), &lines);
}

/// Changes the first line that has something.
fn edit(lines: &mut [String], of: &str, from: &str, to: &str) {
    let line = lines.iter_mut().find(|line| line.contains(of)).expect(of);
    assert!(line.contains(from), "{line} has no {from}");
    *line = line.replacen(from, to, 1);
}

fn flip(files: &mut Tampered, folder: &str) {
    let tile = last(files, folder);
    files.files.get_mut(&tile).unwrap()[5] ^= 1;
}

/// The last file of a folder.
fn last(files: &Tampered, folder: &str) -> String {
    files.files.keys().rfind(|path| path.starts_with(folder)).unwrap().clone()
}
