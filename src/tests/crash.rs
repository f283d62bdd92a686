//! Kills, full disks and failed syncs: nothing acknowledged is lost.
