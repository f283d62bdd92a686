//! Sockets in, pages out.

pub mod assets;
#[cfg(feature = "report")]
pub mod certificates;
pub mod certify;
pub mod checks;
pub mod clock;
pub mod descriptors;
pub mod disclosure;
mod driver;
pub mod export;
mod farewell;
pub mod handle;
pub mod http;
pub mod hub;
pub mod kernel;
pub mod listener;
pub mod offline;
mod origin;
mod outbox;
mod participant;
pub mod people;
mod poll;
pub mod problem;
pub mod pulse;
pub mod reading;
pub mod recovery;
mod responses;
pub mod run;
pub mod sequencer;
pub mod staff;
mod staffing;
pub mod telemetry;
pub mod tls;
mod transport;
mod upgrade;
