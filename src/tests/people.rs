//! Rosters, links and the store of people.
