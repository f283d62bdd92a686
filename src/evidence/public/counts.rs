//! What may be said to everybody: counts without any from which fewer than five persons could be made out.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::accounts::{
    funnel::{CERTIFIED, ON_THE_LIST, Step},
    tallies::Subtotal,
    venues::VenueCount,
};

/// The smallest number of persons that is published, but for none at all: fewer can be known by sight.
pub const CELL_MIN: u64 = 5;

/// Counts of sets that overlap others are rounded to this: no difference of two of them says anything of a few persons.
pub const ROUNDED_TO: u64 = 10;

/// Under this name stand all parts that are too small alone, with the next larger ones that hide them.
pub const OTHER: &str = "other";

/// Under this name stand certified persons who were scanned at no hall.
pub const ELSEWHERE: &str = "elsewhere";

/// What is published of one attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicCounts {
    /// How many are certified; none where that would be fewer than five.
    pub certified: Option<u64>,
    /// How many were on the list; none where the difference to the certified would be fewer than five.
    pub on_the_list: Option<u64>,
    /// Why persons do not count, the largest parts by name.
    pub reasons: Vec<(String, u64)>,
    /// The groups; empty where the list is not published.
    pub groups: Vec<PublicGroup>,
    /// Where the certified were; empty where no hall is declared or their number is not published.
    pub venues: Vec<(String, u64)>,
}

/// A group's part of the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicGroup {
    /// Its label, or [`OTHER`].
    pub label: String,
    /// Its rows of the roster.
    pub persons: u64,
    /// Those who are certified; none where that would tell of fewer than five, here or in another group.
    pub certified: Option<u64>,
}

/// One line of the public funnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicStep {
    /// The list, a reason, [`OTHER`], or the certified.
    pub step: String,
    /// How many persons; none where it is withheld.
    pub count: Option<u64>,
}

/// Whether a number of persons can be published.
#[must_use]
pub fn is_safe(persons: u64) -> bool {
    persons == 0 || persons >= CELL_MIN
}

/// The nearest multiple of [`ROUNDED_TO`]; halves go up.
#[must_use]
pub fn rounded(persons: u64) -> u64 {
    let half = ROUNDED_TO.div_euclid(2);
    persons.saturating_add(half).div_euclid(ROUNDED_TO).saturating_mul(ROUNDED_TO)
}

impl PublicCounts {
    /// What can be published of these counts.
    #[must_use]
    pub fn new(funnel: &[Step], groups: &BTreeMap<String, Subtotal>, venues: &BTreeMap<String, VenueCount>) -> Self {
        let count = |name: &str| funnel.iter().find(|step| step.step == name).map_or(0, |step| step.count);
        let (list, certified) = (count(ON_THE_LIST), count(CERTIFIED));
        let mut cells: Vec<(String, u64)> = funnel
            .iter()
            .filter(|step| step.step != ON_THE_LIST && step.step != CERTIFIED)
            .map(|step| (step.step.clone(), step.count))
            .collect();
        let mut published = Self::default();
        if is_safe(certified) {
            published.certified = Some(certified);
            published.venues = venues_of(certified, venues);
            // The certified number is what everything is for: where the list would tell of the few others, the list goes.
            if !is_safe(list.saturating_sub(certified)) {
                return published;
            }
        } else {
            cells.push((CERTIFIED.to_owned(), certified));
        }
        let Some(reasons) = unite(cells) else { return published };
        published.on_the_list = Some(list);
        published.reasons = reasons;
        published.groups = groups_of(groups, published.certified.is_some());
        published
    }

    /// The funnel as it is published.
    #[must_use]
    pub fn funnel(&self) -> Vec<PublicStep> {
        let step = |name: &str, count| PublicStep { step: name.to_owned(), count };
        let mut steps = vec![step(ON_THE_LIST, self.on_the_list)];
        steps.extend(self.reasons.iter().map(|(name, count)| step(name, Some(*count))));
        steps.push(step(CERTIFIED, self.certified));
        steps
    }
}

/// A partition with its small parts, and the empty ones, as one; none where all of it together is too small. That
/// empty parts are not told from small ones leaves open how many persons are in which.
fn unite(cells: Vec<(String, u64)>) -> Option<Vec<(String, u64)>> {
    let (mut shown, small): (Vec<_>, Vec<_>) =
        cells.into_iter().partition(|(name, count)| *count >= CELL_MIN && name != OTHER);
    let mut other = small.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
    while !is_safe(other) {
        let (place, _) = shown.iter().enumerate().min_by_key(|(_, (_, count))| *count)?;
        let (_, count) = shown.remove(place);
        other = other.saturating_add(count);
    }
    shown.push((OTHER.to_owned(), other));
    Some(shown)
}

/// Where the certified were: at halls by the first scan, or at none.
fn venues_of(certified: u64, venues: &BTreeMap<String, VenueCount>) -> Vec<(String, u64)> {
    if venues.is_empty() {
        return Vec::new();
    }
    let at_halls = venues.values().fold(0_u64, |sum, venue| sum.saturating_add(venue.certified));
    let mut cells: Vec<(String, u64)> = venues.iter().map(|(name, venue)| (name.clone(), venue.certified)).collect();
    cells.push((ELSEWHERE.to_owned(), certified.saturating_sub(at_halls)));
    unite(cells).unwrap_or_default()
}

/// The groups, the small ones as one; how many of each are certified where that hides nothing small.
fn groups_of(groups: &BTreeMap<String, Subtotal>, with_certified: bool) -> Vec<PublicGroup> {
    let Some(rows) = unite(groups.iter().map(|(label, group)| (label.clone(), group.persons)).collect()) else {
        return Vec::new();
    };
    let is_shown = |label: &str| label != OTHER && rows.iter().any(|(row, _)| row == label);
    let united = groups.iter().filter(|(label, _)| !is_shown(label)).map(|(_, group)| group.certified);
    let united = united.fold(0_u64, u64::saturating_add);
    let of = |label: &str| if label == OTHER { united } else { groups.get(label).map_or(0, |group| group.certified) };
    let mut published: Vec<PublicGroup> = rows
        .iter()
        .map(|(label, persons)| PublicGroup {
            label: label.clone(),
            persons: *persons,
            certified: with_certified.then(|| of(label)),
        })
        .collect();
    withhold(&mut published, of);
    published
}

/// Withholds how many are certified where that, or the rest of the group, is small; then the smallest other ones, until
/// what is withheld cannot be told from the sums.
fn withhold(groups: &mut [PublicGroup], of: impl Fn(&str) -> u64) {
    for group in groups.iter_mut() {
        group.certified =
            group.certified.filter(|count| is_safe(*count) && is_safe(group.persons.saturating_sub(*count)));
    }
    loop {
        let withheld = || groups.iter().filter(|group| group.certified.is_none());
        let persons = withheld().fold(0_u64, |sum, group| sum.saturating_add(group.persons));
        let certified = withheld().fold(0_u64, |sum, group| sum.saturating_add(of(&group.label)));
        if is_safe(certified) && is_safe(persons.saturating_sub(certified)) {
            return;
        }
        // A group without anybody hides nothing.
        let shown = groups.iter_mut().filter(|group| group.certified.is_some() && group.persons > 0);
        let Some(smallest) = shown.min_by_key(|group| group.persons) else { return };
        smallest.certified = None;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::accounts::account::Reason;

    /// A person as counts know them: their reason or none, their group, their hall or none.
    type Human = (usize, u8, u8);

    fn persons() -> impl Strategy<Value = Vec<Human>> {
        // Few reasons and groups or many, small parts and large ones.
        (1..=Reason::ALL.len() + 1, 1_u8..12, 1_u8..5).prop_flat_map(|(reasons, groups, venues)| {
            let skewed = prop_oneof![4 => Just(0), 1 => 0..reasons];
            prop::collection::vec((skewed, 0..groups, 0..venues), 0..90)
        })
    }

    struct Counted {
        funnel: Vec<Step>,
        groups: BTreeMap<String, Subtotal>,
        venues: BTreeMap<String, VenueCount>,
    }

    fn counted(humans: &[Human]) -> Counted {
        let step = |name: &str, count: usize| Step { step: name.into(), count: count as u64 };
        let mut funnel = vec![step(ON_THE_LIST, humans.len())];
        for (place, reason) in Reason::ALL.iter().enumerate() {
            funnel.push(step(reason.name(), humans.iter().filter(|human| human.0 == place + 1).count()));
        }
        funnel.push(step(CERTIFIED, humans.iter().filter(|human| human.0 == 0).count()));
        let (mut groups, mut venues): (BTreeMap<String, Subtotal>, BTreeMap<String, VenueCount>) = Default::default();
        for (reason, group, venue) in humans {
            let certified = u64::from(*reason == 0);
            let group = groups.entry(format!("g{group}")).or_default();
            group.persons += 1;
            group.certified += certified;
            if *venue > 0 {
                venues.entry(format!("hall {venue}")).or_default().certified += certified;
            }
        }
        Counted { funnel, groups, venues }
    }

    fn sum(cells: impl Iterator<Item = u64>) -> u64 {
        cells.sum()
    }

    proptest! {
        #[test]
        fn no_published_number_and_no_remainder_of_a_sum_tells_of_one_to_four_persons(humans in persons()) {
            let Counted { funnel, groups, venues } = counted(&humans);

            let public = PublicCounts::new(&funnel, &groups, &venues);

            let mut told: Vec<u64> = public.certified.into_iter().chain(public.on_the_list).collect();
            told.extend(public.reasons.iter().chain(&public.venues).map(|(_, count)| *count));
            told.extend(public.groups.iter().map(|group| group.persons));
            if let Some((list, certified)) = public.on_the_list.zip(public.certified) {
                told.push(list - certified);
                let shown = || public.groups.iter().filter_map(|group| Some((group.persons, group.certified?)));
                told.extend(shown().flat_map(|(persons, certified)| [certified, persons - certified]));
                let (persons, of_them) = (sum(shown().map(|it| it.0)), sum(shown().map(|it| it.1)));
                told.extend([certified - of_them, (list - persons) - (certified - of_them)]);
            }
            prop_assert!(told.iter().all(|count| is_safe(*count)), "{told:?} of {public:?}");
        }

        #[test]
        fn every_partition_that_is_published_adds_up(humans in persons()) {
            let Counted { funnel, groups, venues } = counted(&humans);

            let public = PublicCounts::new(&funnel, &groups, &venues);

            if let Some(list) = public.on_the_list {
                let away = sum(public.reasons.iter().map(|(_, count)| *count));
                prop_assert_eq!(away + public.certified.unwrap_or(0), list);
                prop_assert_eq!(sum(public.groups.iter().map(|group| group.persons)), list);
            } else {
                prop_assert!(public.reasons.is_empty() && public.groups.is_empty());
            }
            if !public.venues.is_empty() {
                prop_assert_eq!(Some(sum(public.venues.iter().map(|(_, count)| *count))), public.certified);
            }
        }

        #[test]
        fn rounded_numbers_never_differ_by_one_to_four(one in 0..10_000_u64, other in 0..10_000_u64) {
            let difference = rounded(one).abs_diff(rounded(other));

            prop_assert!(is_safe(difference) && rounded(one).abs_diff(one) <= 5);
        }
    }

    #[test]
    fn a_small_reason_hides_with_the_next_larger_one_and_large_ones_keep_their_names() {
        let step = |name: &str, count| Step { step: name.into(), count };
        let funnel =
            [step(ON_THE_LIST, 100), step("late", 2), step("gap", 7), step("prompts", 11), step(CERTIFIED, 80)];

        let public = PublicCounts::new(&funnel, &BTreeMap::new(), &BTreeMap::new());

        assert_eq!(public.reasons, [("prompts".to_owned(), 11), (OTHER.to_owned(), 9)]);
        assert_eq!((public.on_the_list, public.certified), (Some(100), Some(80)));
    }

    #[test]
    fn the_list_is_withheld_where_it_would_tell_how_few_are_not_certified() {
        let step = |name: &str, count| Step { step: name.into(), count };
        let few_others = [step(ON_THE_LIST, 83), step("late", 3), step(CERTIFIED, 80)];
        let few_certified = [step(ON_THE_LIST, 30), step("late", 27), step(CERTIFIED, 3)];

        let [others, certified] =
            [few_others, few_certified].map(|funnel| PublicCounts::new(&funnel, &BTreeMap::new(), &BTreeMap::new()));

        assert_eq!((others.on_the_list, others.certified, others.reasons.len()), (None, Some(80), 0));
        assert_eq!((certified.on_the_list, certified.certified), (Some(30), None));
        assert_eq!(certified.reasons, [(OTHER.to_owned(), 30)]);
    }

    #[test]
    fn a_group_whose_certified_would_be_known_from_the_sum_takes_another_one_with_it() {
        let group = |persons, certified| Subtotal { persons, joined: persons, certified };
        let groups = BTreeMap::from([
            ("ga".to_owned(), group(40, 37)),
            ("gb".to_owned(), group(30, 20)),
            ("gc".to_owned(), group(50, 50)),
        ]);
        let step = |name: &str, count| Step { step: name.into(), count };
        let funnel = [step(ON_THE_LIST, 120), step("late", 13), step(CERTIFIED, 107)];

        let public = PublicCounts::new(&funnel, &groups, &BTreeMap::new());

        let certified: Vec<_> = public.groups.iter().map(|group| (group.label.as_str(), group.certified)).collect();
        assert_eq!(certified, [("ga", None), ("gb", None), ("gc", Some(50)), (OTHER, Some(0))]);
    }
}
