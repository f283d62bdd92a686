//! `/api/hall`, `/api/scans`, `/api/headcount`: what a door's device is given, and what it delivers.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::{
    Desk,
    access::{self, HALL},
    body,
    counts::fresh,
};
use crate::{
    domain::{
        event::{Event, Fact, HeadCounted, Method, Reading, Scanned, Way},
        ids::{EntryIndex, Pseudonym, ScanId},
        reviews::groups::GroupCount,
        rules::Venue,
        time::{Millis, UnixMillis},
    },
    server::{
        handle::SubmitError,
        people::{Guest, PeopleError},
        problem::Problem,
    },
    wire::Phase,
};

/// How many scans come in one request: a door that was offline sends several requests.
const SCANS_MAX: usize = 100;

/// What a request with that many scans can have: a link as a QR has 250 characters.
pub(super) const SCANS_BYTES_MAX: usize = 96 * 1024;

/// What a door's device holds: the declared halls and the persons who are expected there, nobody else.
#[derive(Serialize)]
struct HallList<'a> {
    venues: &'a [Venue],
    persons: Vec<Guest>,
    delay_ms: Millis,
    closed: bool,
    at: UnixMillis,
}

#[derive(Deserialize)]
pub(super) struct Delivery {
    /// What the device's clock says while it sends.
    device_at: UnixMillis,
    scans: Vec<Delivered>,
}

#[derive(Clone, Deserialize)]
struct Delivered {
    scan: ScanId,
    way: Way,
    venue: String,
    door: String,
    who: Who,
    method: Method,
    card: bool,
    device_at: UnixMillis,
    /// How long ago the scan was made, by a clock that did not step since, where the page knows it.
    ago_ms: Option<Millis>,
}

/// How a door names a person.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Who {
    /// What their QR holds: the personal link.
    Qr(String),
    /// Their short reference.
    Ref(String),
}

#[derive(Serialize)]
struct Received {
    at: UnixMillis,
    closed: bool,
    results: Vec<ScanResult>,
}

#[derive(Serialize)]
struct ScanResult {
    scan: ScanId,
    outcome: &'static str,
    seq: Option<EntryIndex>,
    note: Option<&'static str>,
    person: Option<Guest>,
    code: Option<&'static str>,
    detail: Option<String>,
    remedy: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Counted {
    venue: String,
    persons: u32,
}

#[derive(Serialize)]
struct HeadCountTaken {
    seq: EntryIndex,
    at: UnixMillis,
    system: u64,
    /// The steward's own group, if they look after one.
    group: Option<GroupSeen>,
}

#[derive(Serialize)]
struct GroupSeen {
    label: String,
    assigned: u64,
    inside: u64,
}

/// A refused scan, in words for the steward, and as a code for the page's own.
struct Refused {
    code: &'static str,
    detail: String,
    remedy: String,
}

pub(super) async fn list(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    access::require(&desk, &headers, HALL)?;
    let venues = desk.declaration.venues.clone();
    let persons = desk.people.guests(move |place| venues.iter().any(|venue| is_at(venue, place))).await?;
    let closed = desk.is_closed();
    Ok(fresh(Json(HallList {
        venues: &desk.declaration.venues,
        persons: if closed { Vec::new() } else { persons },
        delay_ms: desk.declaration.hall.delay_ms,
        closed,
        at: desk.shared.clock.now_millis(),
    })))
}

/// Whether a roster's word for a place means a venue.
fn is_at(venue: &Venue, place: &str) -> bool {
    let same = |name: &str| name.trim().to_lowercase() == place.trim().to_lowercase();
    same(&venue.id) || same(&venue.name)
}

pub(super) async fn scans(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let by = desk.require_actor(&headers, HALL)?.name();
    let delivery: Delivery =
        body::read(body, "send {\"device_at\":time,\"scans\":[...]} as /openapi.json describes it")?;
    if delivery.scans.len() > SCANS_MAX {
        let detail = format!("a request has at most {SCANS_MAX} scans");
        return Err(Problem::malformed(detail, "send the oldest first, the others in the next request"));
    }
    let mut results = Vec::with_capacity(delivery.scans.len());
    for scan in delivery.scans {
        results.push(desk.take_scan(scan, delivery.device_at, &by).await?);
    }
    let at = desk.shared.clock.now_millis();
    Ok(Json(Received { at, closed: desk.is_closed(), results }).into_response())
}

impl Desk {
    fn is_closed(&self) -> bool {
        self.shared.sequencer.lesson().borrow().phase == Phase::Closed
    }

    /// One scan, to the end: durable, known before, or refused. Only a hub that does not record ends the request.
    async fn take_scan(&self, scan: Delivered, device_now: UnixMillis, by: &str) -> Result<ScanResult, Problem> {
        let (id, way) = (scan.scan, scan.way);
        let result = |outcome, seq, note, person| ScanResult {
            scan: id,
            outcome,
            seq,
            note,
            person,
            code: None,
            detail: None,
            remedy: None,
        };
        let refused = |refused: Refused| ScanResult {
            code: Some(refused.code),
            detail: Some(refused.detail),
            remedy: Some(refused.remedy),
            ..result("refused", None, None, None)
        };
        let (person, guest) = match self.who(&scan.who).await? {
            Ok(found) => found,
            Err(reason) => return Ok(refused(reason)),
        };
        let (venue, door) = (scan.venue.clone(), scan.door.clone());
        let look = move |attendance: &crate::domain::fold::attendance::Attendance| {
            (
                attendance.knows_scan(&id),
                attendance.is_inside(person),
                attendance.knows(person),
                attendance.has_door(&venue, &door),
                attendance.is_struck(person),
            )
        };
        let (repeated, inside, known, declared, struck) = self.shared.sequencer.look(look).await?;
        if repeated {
            return Ok(result("repeated", None, None, Some(guest)));
        }
        if !declared {
            let detail = format!("no door `{}` of a venue `{}` is declared", scan.door, scan.venue);
            return Ok(refused(Refused {
                code: "door",
                detail,
                remedy: "load the page again and choose the door".to_owned(),
            }));
        }
        if !known {
            let detail = "the log does not know this person".to_owned();
            let remedy = "start the hub again: it adds who is new on the roster".to_owned();
            return Ok(refused(Refused { code: "new", detail, remedy }));
        }
        let (fact, late) = self.scanned(scan, person, device_now, by);
        match self.shared.sequencer.submit(fact).await {
            Ok(stamp) => Ok(result("recorded", Some(stamp.index), note(way, inside, late, struck), Some(guest))),
            Err(SubmitError::Over) => {
                let detail = "the attempt is closed".to_owned();
                let remedy = "nothing more is recorded; tell the organizer".to_owned();
                Ok(ScanResult { person: Some(guest), ..refused(Refused { code: "over", detail, remedy }) })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The scan as a fact: the device's time is corrected by how far its clock is off now, unless the page knows better
    /// how long ago it was.
    fn scanned(&self, scan: Delivered, person: Pseudonym, device_now: UnixMillis, by: &str) -> (Fact, bool) {
        let at: Reading = self.shared.clock.now();
        let ago = scan.ago_ms.unwrap_or_else(|| device_now.since(scan.device_at));
        let made = at.wall.floor_millis().minus(ago);
        let late = ago > self.declaration.hall.delay_ms;
        let event = Event::Scanned(Box::new(Scanned {
            scan: scan.scan,
            p: person,
            s: self.shared.next_connection(),
            venue: scan.venue,
            door: scan.door,
            way: scan.way,
            method: scan.method,
            card: scan.card,
            made: made.to_micros(),
            device: scan.device_at.to_micros(),
            by: by.to_owned(),
        }));
        (Fact { at, event }, late)
    }

    /// Whom a door means.
    async fn who(&self, who: &Who) -> Result<Result<(Pseudonym, Guest), Refused>, Problem> {
        match who {
            Who::Qr(text) => {
                let ticket = text.rsplit_once('#').map_or(text.as_str(), |(_, ticket)| ticket).trim();
                match self.shared.admission.admit(ticket, self.shared.clock.now_millis()) {
                    Ok(admitted) => Ok(Ok((admitted.pseudonym, self.people.guest(admitted.person).await?))),
                    Err(refused) => Ok(Err(Refused {
                        code: "link",
                        detail: refused.to_string(),
                        remedy: "type the short reference, or find the person by name".to_owned(),
                    })),
                }
            }
            // Nothing else: a door looks nobody up by an identifier that it does not show.
            Who::Ref(text) => match self.people.find_by_reference(text.clone()).await {
                Ok((pseudonym, guest)) => Ok(Ok((pseudonym, guest))),
                Err(error @ (PeopleError::Find(_) | PeopleError::Erased)) => Ok(Err(Refused {
                    code: "unknown",
                    detail: error.to_string(),
                    remedy: "type the reference again, or find the person by name".to_owned(),
                })),
                Err(error) => Err(error.into()),
            },
        }
    }
}

fn note(way: Way, inside: bool, late: bool, struck: bool) -> Option<&'static str> {
    match way {
        _ if struck => Some("struck"),
        _ if late => Some("too_late"),
        Way::In if inside => Some("already_inside"),
        Way::Out if !inside => Some("not_inside"),
        Way::In | Way::Out | Way::Roll => None,
    }
}

/// What a steward counted with their own eyes, beside what the system has.
pub(super) async fn head_count(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let actor = desk.require_actor(&headers, HALL)?;
    let by = actor.name();
    let Counted { venue, persons } = body::read(body, r#"send {"venue":"hall","persons":48}"#)?;
    let asked = venue.clone();
    if !desk.shared.sequencer.look(move |attendance| attendance.has_venue(&asked)).await? {
        return Err(Problem::absent("no such venue is declared", "load the page again and choose the venue"));
    }
    let event = Event::HeadCounted(HeadCounted { venue, persons, by });
    let stamp = desk.shared.sequencer.record(event).await?;
    // As the fold compared them at this very entry: a scan may have come since.
    let compared = move |attendance: &crate::domain::fold::attendance::Attendance| {
        attendance.head_counts().iter().rfind(|head| head.entry == stamp.index).cloned()
    };
    let (system, group) =
        desk.shared.sequencer.look(compared).await?.map_or((0, None), |head| (head.system, head.group));
    let group = group.map(|GroupCount { label, assigned, inside }| GroupSeen { label, assigned, inside });
    let taken = HeadCountTaken { seq: stamp.index, at: stamp.at.wall.floor_millis(), system, group };
    Ok(Json(taken).into_response())
}
