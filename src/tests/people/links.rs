//! Personal links: who they let in, how they are withdrawn, and the tables that they are sent from.

use hadir::{
    domain::ids::PersonId,
    roster::{Directory, LinkOptions, Secret, Ticket, TicketError, Tickets, write_links, write_links_by_school},
};

use super::{Fixture, attempt, keys};

const ROSTER: &str = "\
nama,id,email,hp,sekolah
=HYPERLINK(\"x\"),1,ani@a.id,081234567890,\"SMA Negeri 1, Palembang\"
Budi,2,,+81 3-1234-5678,SMA/Negeri 1 Palembang
Cica,3,,,
";

fn options() -> LinkOptions {
    LinkOptions { base_url: "https://hadir.example/".to_owned(), title: "Pelajaran AI".to_owned() }
}

fn ticket_of(url: &str) -> &str {
    url.strip_prefix("https://hadir.example/join#").unwrap()
}

fn records(csv: &[u8]) -> Vec<Vec<String>> {
    let text = csv.strip_prefix(b"\xef\xbb\xbf").unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn every_link_lets_its_person_in_and_no_cell_is_run_by_a_spreadsheet() {
    let mut fixture = Fixture::new();
    let added = fixture.import(ROSTER).unwrap().added;
    let directory = Directory::load(&fixture.store, attempt(1)).unwrap();

    let links = fixture.store.links(&options()).unwrap();
    let rows = records(&write_links(&links).unwrap());

    assert_eq!(rows[0], ["person_ref", "name", "url", "email", "phone", "school", "message"]);
    assert_eq!(rows.len(), 4);
    for (row, id) in rows[1..].iter().zip(&added) {
        assert_eq!(directory.admit(ticket_of(&row[2])).unwrap().person, *id);
        assert_eq!(fixture.store.find(&row[0]).unwrap(), *id);
        assert!(row[6].contains(&row[2]) && row[6].contains("Pelajaran AI"));
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{row:?}");
    }
    assert_eq!(rows[1][1], "'=HYPERLINK(\"x\")");
    assert_eq!(rows[1][4], "62 812-3456-7890");
    assert_eq!(rows[2][4], "'+81312345678");
}

#[test]
fn each_school_gets_a_table_of_its_own_under_a_name_that_every_system_accepts() {
    let mut fixture = Fixture::new();
    fixture.import(ROSTER).unwrap();

    let sheets = write_links_by_school(&fixture.store.links(&options()).unwrap()).unwrap();

    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.file_name.as_str()).collect();
    assert_eq!(names, ["no-school.csv", "sma-negeri-1-palembang.csv", "sma-negeri-1-palembang-2.csv"]);
    assert!(sheets.iter().all(|sheet| records(&sheet.csv).len() == 2));
}

#[test]
fn a_damaged_a_foreign_and_a_withdrawn_ticket_are_told_apart() {
    let mut fixture = Fixture::new();
    let person = fixture.import("nama,id\nAni,1\n").unwrap().added[0];
    let directory = Directory::load(&fixture.store, attempt(1)).unwrap();
    let ticket = directory.ticket(person).unwrap().unwrap();
    let foreign = Tickets::new(&keys(2)).unwrap().seal(Ticket { person, issue: 1 }).unwrap();
    let nobody = Tickets::new(&keys(1)).unwrap().seal(Ticket { person: PersonId([0; 16]), issue: 1 }).unwrap();

    assert_eq!(directory.admit(&ticket).unwrap().pseudonym, attempt(1).person(person));
    assert_eq!(directory.admit(&foreign), Err(TicketError::OtherEvent));
    assert_eq!(directory.admit(&nobody), Err(TicketError::Unknown));
    for cut in [0, 1, 9, 40, ticket.len() - 8, ticket.len() - 1] {
        assert_eq!(directory.admit(&ticket[..cut]), Err(TicketError::Damaged), "{cut}");
    }
    assert_eq!(directory.admit(&"v4.local.".repeat(1_000)), Err(TicketError::Damaged));
    assert_eq!(directory.admit(&format!("{ticket}.x")), Err(TicketError::Damaged));

    let reissued = fixture.store.reissue(person).unwrap();
    directory.list(person, reissued.issue);

    assert_eq!((reissued.revoked, reissued.issue), (1, 2));
    assert_eq!(directory.admit(&ticket), Err(TicketError::Revoked));
    let newest = directory.ticket(person).unwrap().unwrap();
    assert_eq!(directory.admit(&newest).unwrap().person, person);
    let reloaded = Directory::load(&fixture.store, attempt(1)).unwrap();
    assert_eq!(reloaded.admit(&ticket), Err(TicketError::Revoked));
    assert_eq!(reloaded.admit(&newest).unwrap().person, person);
}

#[test]
fn no_changed_character_of_a_ticket_lets_anybody_in() {
    let mut fixture = Fixture::new();
    let person = fixture.import("nama,id\nAni,1\n").unwrap().added[0];
    let directory = Directory::load(&fixture.store, attempt(1)).unwrap();
    let ticket = directory.ticket(person).unwrap().unwrap();

    for place in 0..ticket.len() {
        let mut changed = ticket.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(directory.admit(&changed).is_err(), "{place}");
    }
    assert!(ticket.len() <= 157, "{}", ticket.len());
}

#[test]
fn the_event_is_bound_into_a_ticket_even_where_keys_were_copied() {
    let mut other = keys(1);
    other.event = keys(2).event;
    let ticket = Ticket { person: PersonId([7; 16]), issue: 1 };

    let sealed = Tickets::new(&other).unwrap().seal(ticket).unwrap();

    assert_eq!(Tickets::new(&keys(1)).unwrap().read(&sealed), Err(TicketError::OtherEvent));
    assert_eq!(Tickets::new(&other).unwrap().read(&sealed), Ok(ticket));
}

#[test]
fn a_link_is_valid_in_the_next_attempt_of_the_event_under_another_pseudonym() {
    let mut fixture = Fixture::new();
    let person = fixture.import("nama,id\nAni,1\n").unwrap().added[0];
    let url = fixture.store.links(&options()).unwrap()[0].url.clone();
    let copy = fixture.folder.path().join("next.db");
    fixture.store.copy_to(&copy).unwrap();

    let next = hadir::roster::PeopleStore::open(&copy, keys(1)).unwrap();
    let (first, second) = (attempt(1), hadir::roster::Pseudonyms::new(&Secret([2; 32])));
    let holder = Directory::load(&next, second.clone()).unwrap().admit(ticket_of(&url)).unwrap();

    assert_eq!(holder.person, person);
    assert_ne!(holder.pseudonym, first.person(person));
    let (one, other) = (fixture.store.roster_rows(&first).unwrap(), next.roster_rows(&second).unwrap());
    assert_ne!(one[0].commitment, other[0].commitment);
}
