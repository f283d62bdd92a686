//! The bundle that a perfect hub makes of a plan, for the oracle's tests: right in everything, until a test spoils it.

use std::collections::BTreeSet;

use hadir::domain::{
    ids::{Pseudonym, ScanId},
    time::UnixMillis,
};
use serde_json::json;

use crate::{
    bundle::{Bundle, ConnectionRow, Join, PersonRow, ScanRow, Step},
    doors::Scanned,
    group::Anchor,
    oracle::{Case, disagreements},
    plan::{Person, Plan, Stay},
    review::Names,
    scenario::Scenario,
    story::{End, Story, Told},
    terms::Terms,
    truth::Truth,
};

/// When the start signal is given.
pub(crate) const START: i64 = 1_795_486_330_000;

/// Everything that the oracle compares.
pub(crate) struct Scene {
    pub(crate) plan: Plan,
    pub(crate) terms: Terms,
    pub(crate) truth: Truth,
    pub(crate) stories: Vec<Story>,
    pub(crate) scanned: Vec<Scanned>,
    pub(crate) names: Names,
    pub(crate) bundle: Bundle,
    pub(crate) kills: Vec<i64>,
}

pub(crate) fn name(person: usize) -> Pseudonym {
    let mut name = [0; 16];
    name[..8].copy_from_slice(&(person as u64).to_be_bytes());
    Pseudonym(name)
}

/// The smallest scenario.
pub(crate) fn scene() -> Scene {
    scene_of("smoke", 540)
}

/// A shipped scenario with so many participants.
pub(crate) fn scene_of(scenario: &str, participants: usize) -> Scene {
    let plan = Plan::new(Scenario::load(scenario).unwrap().scaled(participants).unwrap());
    let terms = Terms::of(&plan);
    let truth = Truth::stated(&plan).unwrap();
    let bundle = Bundle {
        scans: Default::default(),
        rulings: Vec::new(),
        funnel: Vec::new(),
        answered: BTreeSet::new(),
        people: Default::default(),
        connections: Default::default(),
        joins: Default::default(),
        tallies: json!(null),
    };
    let (stories, scanned, names) = (Vec::new(), Vec::new(), Names::new());
    let mut scene = Scene { plan, terms, truth, stories, scanned, names, bundle, kills: Vec::new() };
    for (person, planned) in scene.plan.persons.clone().iter().enumerate() {
        scene.judge(person);
        scene.connect(person, planned);
        scene.scan(person, planned);
    }
    let acting = (1_000_000..).take(scene.truth.acting);
    acting.for_each(|row| scene.row(name(row), "excluded", "never_joined", ""));
    scene.rule();
    scene.count();
    scene
}

#[expect(clippy::arithmetic_side_effects, reason = "a test's own small numbers")]
impl Scene {
    fn at(&self, after: Anchor, ms: i64) -> i64 {
        START + self.plan.anchor(after).0 + ms
    }

    fn row(&mut self, person: Pseudonym, status: &str, reason: &str, channel: &str) {
        let [status, reason, channel] = [status, reason, channel].map(str::to_owned);
        self.bundle.people.insert(person, PersonRow { person, status, reason, channel });
    }

    fn judge(&mut self, person: usize) {
        let fate = self.truth.fates[person].clone().unwrap();
        self.row(name(person), &fate.status, &fate.reason, self.truth.channels[person]);
    }

    fn connect(&mut self, person: usize, planned: &Person) {
        for stays in &planned.devices {
            let mut story = Story { person, ..Story::default() };
            for stay in stays {
                let told = self.told(person, planned, stay);
                let connection = format!("n1.1-{}", told.seq);
                self.stay(person, &connection, "online", (told.at_ms, told.proof_ms.max(told.at_ms)));
                let join = Join { person: name(person), connection, at: UnixMillis(told.at_ms) };
                self.bundle.joins.insert(told.seq, join);
                story.told.push(told);
            }
            self.stories.push(story);
        }
    }

    fn told(&self, person: usize, planned: &Person, stay: &Stay) -> Told {
        let at_ms = self.at(stay.after, stay.from + 5);
        let silent = planned.answer_after_ms.is_none();
        let (ended, end) = match stay.end {
            Some((at, how)) => (self.at(stay.after, at + 5), End::Ours(how)),
            None => (START + self.plan.length_ms() + 50, End::Theirs(1000)),
        };
        Told {
            seq: self.bundle.joins.len() as u64 + 1,
            at_ms,
            person: name(person),
            join_us: 7_000,
            hello_ms: at_ms - 5,
            counted_ms: at_ms + 2,
            proof_ms: if silent { at_ms - 5 } else { ended },
            end,
        }
    }

    fn stay(&mut self, person: usize, connection: &str, channel: &str, (join, last_proof): (i64, i64)) {
        let row = ConnectionRow {
            person: name(person),
            connection: connection.to_owned(),
            channel: channel.to_owned(),
            join: UnixMillis(join),
            last_proof: UnixMillis(last_proof),
            cause: "bye".into(),
        };
        self.bundle.connections.insert(connection.to_owned(), row);
    }

    fn scan(&mut self, person: usize, planned: &Person) {
        for passage in &planned.scans {
            let nth = self.scanned.len();
            let (scan, made_ms) = (ScanId(name(nth).0), self.at(passage.after, passage.at));
            let (door, entry) = (format!("door {}", passage.door), 100_000 + nth as u64);
            let way = passage.way.name().to_owned();
            let made = UnixMillis(made_ms + 20);
            let row = ScanRow { scan, entry, person: name(person), door: door.clone(), way, made };
            self.bundle.scans.insert(scan, row);
            self.names.insert(person, name(person));
            let (seq, deliveries) = (Some(entry), 1);
            self.scanned.push(Scanned { scan, person, door, way: passage.way, made_ms, seq, deliveries });
        }
        for nth in 0..crate::times::Times::new(&self.plan, &self.terms).hall(planned).len() {
            self.stay(person, &format!("n1.1-{person}.{nth}"), "gate", (START, START));
        }
    }

    /// The outage of the scenario that has one, as the log of its plan shows it.
    fn rule(&mut self) {
        if self.plan.scenario.bridged_network.is_some() {
            self.bundle.rulings.push((UnixMillis(START + 25_000), UnixMillis(START + 60_000)));
        }
    }

    fn count(&mut self) {
        let truth = &self.truth;
        let merged = truth.count(|fate| fate.reason == "merged");
        let instant = |at: i64| UnixMillis(at).to_string();
        self.bundle.tallies = json!({
            "registered": truth.fates.len() + truth.acting - merged, "ever_joined": truth.ever_joined - merged,
            "connections": self.bundle.connections.len(), "certifiable": truth.certified(),
            "certifiable_without_releases": truth.certified(),
            "certifiable_without_rulings": truth.certified() - truth.ruled.1, "rulings": truth.ruled.0,
            "hall": { "scanned": truth.in_hall() }, "peak": { "count": truth.peak.0 },
            "start": instant(START), "end": instant(START + self.plan.length_ms()),
        });
        let reasons =
            ["never_joined", "role", "merged", "late", "left_early", "gap", "too_short", "prompts", "struck", "held"];
        let step = |step: &str, count| Step { step: step.to_owned(), count };
        let rows = self.bundle.people.values();
        let away = reasons.map(|reason| step(reason, rows.clone().filter(|row| row.reason == reason).count()));
        self.bundle.funnel = vec![step("on_the_list", self.bundle.people.len())];
        self.bundle.funnel.extend(away);
        self.bundle.funnel.push(step("certified", truth.certified()));
    }

    pub(crate) fn found(&self) -> Vec<String> {
        disagreements(Case {
            plan: &self.plan,
            terms: &self.terms,
            truth: &self.truth,
            stories: &self.stories,
            scanned: &self.scanned,
            looked_up: &self.names,
            bundle: &self.bundle,
            kills: &self.kills,
            shared: false,
            shown: None,
        })
    }

    pub(crate) fn finds(&self, what: &str) {
        let found = self.found();
        assert!(found.iter().any(|line| line.contains(what)), "`{what}` is not in {found:#?}");
    }

    pub(crate) fn first_of(&self, status: &str, reason: &str) -> usize {
        let fits = |row: &PersonRow| row.status == status && row.reason == reason;
        (0..self.plan.persons.len()).find(|person| fits(&self.bundle.people[&name(*person)])).unwrap()
    }
}
